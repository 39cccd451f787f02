'use strict';

const { randomUUID } = require('node:crypto');
const { findProduct } = require('./catalogue.js');
const { leaksFixed } = require('./settings.js');
const { bus, pack } = require('./warehouse.js');

const TAX_PERCENT = 19;

/**
 * @typedef {object} OrderLine
 * @property {string} sku
 * @property {string} name
 * @property {number} quantity
 * @property {number} price of one, in cents
 * @property {number} tax of all
 * @property {number} total
 * @property {number} grams
 * @property {{ site: string, aisle: number, shelf: number, picked: boolean }} from
 */

/**
 * @typedef {object} Order
 * @property {string} id
 * @property {string} customer
 * @property {Date} placedAt
 * @property {Date | null} shippedAt
 * @property {OrderLine[]} lines
 * @property {number} total
 */

/** @typedef {{ customer: string, items: { sku: string, quantity: number }[] }} OrderRequest */

const orderSchema = {
  type: 'object',
  required: ['customer', 'items'],
  properties: {
    customer: { type: 'string', maxLength: 64 },
    items: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        required: ['sku', 'quantity'],
        properties: {
          sku: { type: 'string', pattern: '^sku-[0-9]{1,6}$' },
          quantity: { type: 'integer', minimum: 1, maximum: 100 },
        },
      },
    },
  },
};

/**
 * @param {OrderRequest} request
 * @returns {Order}
 */
function priceOrder({ customer, items }) {
  const lines = items.map(({ sku, quantity }) => {
    const { name, price, grams, stored } = findProduct(sku);
    const net = price * quantity;
    const tax = Math.round((net * TAX_PERCENT) / 100);
    const from = { site: stored.site, aisle: stored.aisle, shelf: stored.shelf, picked: false };
    return { sku, name, quantity, price, tax, total: net + tax, grams: grams * quantity, from };
  });
  const total = lines.reduce((sum, line) => sum + line.total, 0);
  return { id: randomUUID(), customer, placedAt: new Date(), shippedAt: null, lines, total };
}

/**
 * Leak 1: each order leaves a listener behind, and with it itself. The fix takes the listener
 * away once its order has shipped.
 *
 * @param {Order} order
 */
function noteShipment(order) {
  bus.on('shipped', function onShipped(/** @type {import('./warehouse.js').Shipment} */ shipment) {
    if (!shipment.orderIds.has(order.id)) return;
    order.shippedAt = shipment.at;
    if (leaksFixed) bus.off('shipped', onShipped);
  });
}

/** @param {import('fastify').FastifyInstance} app */
async function orderRoutes(app) {
  app.post('/orders', { schema: { body: orderSchema } }, async (request, reply) => {
    const order = priceOrder(/** @type {OrderRequest} */ (request.body));
    noteShipment(order);
    pack(order.id);
    return reply.code(201).send({ id: order.id, total: order.total });
  });
}

module.exports = { orderRoutes, priceOrder };
