'use strict';

let app;

module.exports = {
  about: 'a fastify service with schemas and a log, after its start',
  packages: ['fastify'],
  leaks: [],
  dose: 800,
  async start() {
    app = await require('./server.js').createServer();
  },
  async work(units) {
    for (let i = 0; i < units; i++) await app.inject(`/list/${i % 20}?page=${i % 50}`);
  },
};
