'use strict';

const fastify = require('fastify');
const { orderRoutes } = require('./orders.js');
const { productRoutes } = require('./products.js');
const { receiptRoutes } = require('./receipts.js');
const { sessionOf } = require('./sessions.js');

function createApp() {
  const app = fastify.fastify();
  app.addHook('onRequest', async (request) => {
    const visitor = request.headers['x-visitor'];
    if (typeof visitor === 'string') sessionOf(visitor);
  });
  app.register(orderRoutes);
  app.register(productRoutes);
  app.register(receiptRoutes);
  return app;
}

module.exports = { createApp };
