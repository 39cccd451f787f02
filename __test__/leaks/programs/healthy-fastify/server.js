'use strict';

const fastify = require('fastify');

async function createServer() {
  const app = fastify({ logger: { level: 'info', stream: { write() {} } } });
  for (let n = 0; n < 20; n++) {
    const schema = {
      querystring: { type: 'object', properties: { page: { type: 'integer', minimum: n } } },
      response: { 200: { type: 'object', properties: { page: { type: 'integer' }, n: { type: 'integer' } } } },
    };
    app.get(`/list/${n}`, { schema }, async (request) => ({ page: request.query.page, n }));
  }
  await app.ready();
  return app;
}

module.exports = { createServer };
