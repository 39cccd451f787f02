'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'each request adds a listener to its connection, which is kept alive for many requests',
  packages: ['express'],
  leaks: [{ causes: ['event-listeners'], owners: ['socket', 'Socket', '_events', 'close'] }],
  dose: 500,
  async start() {
    server = require('node:http').createServer(require('./app.js').app);
    // Warnings of emitters with many listeners go to the log of the service.
    server.on('connection', (socket) => socket.setMaxListeners(0));
    await listening(server);
  },
  work(units) {
    return load(server, units, (i) => ({ path: `/reports/${i}` }));
  },
};
