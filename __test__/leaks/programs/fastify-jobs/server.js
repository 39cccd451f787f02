'use strict';

const fastify = require('fastify');

const { importRoutes } = require('./imports.js');

async function createServer() {
  const app = fastify();
  app.decorate('jobs', new Map());
  app.register(importRoutes, { prefix: '/imports' });
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 200) app.jobs.delete(request.id);
  });
  await app.ready();
  return app;
}

module.exports = { createServer };
