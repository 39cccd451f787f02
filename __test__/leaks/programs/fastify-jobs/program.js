'use strict';

let app;

module.exports = {
  about: 'jobs are removed after an answer with 200, and those of imports are answered with 202',
  packages: ['fastify'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['jobs'] }],
  dose: 800,
  quick: true,
  async start() {
    app = await require('./server.js').createServer();
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const payload = { rows: [{ sku: `a${i}`, count: 1 }, { sku: `b${i}`, count: 2 }] };
      await app.inject({ method: 'POST', url: '/imports', payload });
    }
  },
};
