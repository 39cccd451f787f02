'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'sessions of visitors without cookies, which expire',
  packages: ['express', 'express-session'],
  leaks: [],
  dose: 900,
  quick: true,
  async start() {
    server = await listening(require('./app.js').createApp());
  },
  work(units) {
    return load(server, units, () => ({ path: '/basket' }));
  },
};
