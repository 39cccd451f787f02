'use strict';

/** A fastify service with schemas and hooks, under load. */

const fastify = require('fastify');

const { startLoad } = require('./load.js');

async function plant() {
  const app = fastify.default();
  const cache = new Map();
  app.addHook('onResponse', async (request) => {
    cache.set(`request ${cache.size % 5000}`, { url: request.url, at: new Date() });
  });
  const reply = { type: 'object', properties: { id: { type: 'string' }, size: { type: 'number' } } };
  app.get('/orders/:id', { schema: { response: { 200: reply } } }, async (request) => {
    return { id: /** @type {any} */ (request.params).id, size: cache.size };
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = /** @type {import('node:net').AddressInfo} */ (app.server.address());
  const load = await startLoad(port, ['/orders/1', '/orders/2', '/none'], 2000);
  return { app, cache, load };
}

module.exports = { plant };
