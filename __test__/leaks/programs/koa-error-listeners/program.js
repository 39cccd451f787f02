'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'a middleware adds an error listener to the app for each request',
  packages: ['koa'],
  leaks: [{ causes: ['event-listeners'], owners: ['app', 'Application'] }],
  dose: 400,
  async start() {
    server = await listening(require('./app.js').app.callback());
  },
  work(units) {
    return load(server, units, (i) => ({ path: `/quote?symbol=S${i}` }));
  },
};
