'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'sessions of visitors without cookies stay in the MemoryStore of express-session',
  packages: ['express', 'express-session'],
  leaks: [{ causes: ['known-owner'], owners: ['sessions', 'MemoryStore'] }],
  dose: 700,
  async start() {
    process.env.NODE_ENV = 'test';
    server = await listening(require('./app.js').app);
  },
  work(units) {
    return load(server, units, () => ({ path: '/' }));
  },
};
