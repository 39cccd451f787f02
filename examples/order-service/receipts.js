'use strict';

const { skuOf } = require('./catalogue.js');
const { priceOrder } = require('./orders.js');
const { leaksFixed } = require('./settings.js');

const LINES_PER_RECEIPT = 20;
const MAX_RECEIPTS = 200;

/**
 * @typedef {object} ReceiptLine
 * @property {string} text
 * @property {string} sku
 * @property {number} quantity
 * @property {number} net in cents
 * @property {number} tax
 * @property {number} total
 * @property {string} currency
 */

/**
 * @typedef {object} Receipt
 * @property {string} orderId
 * @property {Date} printedAt
 * @property {ReceiptLine[]} lines
 * @property {number} total
 */

/**
 * What was sent, for a client that asks again.
 *
 * @type {Map<string, Receipt>}
 */
const receipts = new Map();

/**
 * Leak 2: nobody asks for a request's receipt again, and nothing takes it out. The fix keeps
 * only the last ones.
 *
 * @param {string} requestId
 * @param {Receipt} receipt
 */
function keepReceipt(requestId, receipt) {
  receipts.set(requestId, receipt);
  if (leaksFixed && receipts.size > MAX_RECEIPTS) {
    const [oldest] = receipts.keys();
    receipts.delete(oldest);
  }
}

/**
 * @param {string} orderId
 * @returns {Receipt}
 */
function renderReceipt(orderId) {
  const order = readOrder(orderId);
  const lines = order.lines.map(({ sku, name, quantity, price, tax, total }) => {
    const text = `${quantity} x ${name}`;
    return { text, sku, quantity, net: quantity * price, tax, total, currency: 'EUR' };
  });
  return { orderId, printedAt: new Date(), lines, total: order.total };
}

/**
 * Stands in for the database.
 *
 * @param {string} orderId
 */
function readOrder(orderId) {
  const first = Number.parseInt(orderId, 10) || 0;
  const items = Array.from({ length: LINES_PER_RECEIPT }, (_, index) => {
    return { sku: skuOf(first * 7 + index * 131), quantity: 1 + (index % 5) };
  });
  return priceOrder({ customer: 'from the archive', items });
}

/** @param {import('fastify').FastifyInstance} app */
async function receiptRoutes(app) {
  app.get('/receipts/:orderId', async (request) => {
    const { orderId } = /** @type {{ orderId: string }} */ (request.params);
    const receipt = renderReceipt(orderId);
    keepReceipt(request.id, receipt);
    return receipt;
  });
}

module.exports = { receiptRoutes };
