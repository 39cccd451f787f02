/// <reference path="./autocannon.d.ts" />
'use strict';

const autocannon = require('autocannon');

const CONNECTIONS = 15;
/** A third of it to each route: enough for a leak of about 1 MB/s, and easy for one core. */
const REQUESTS_PER_SECOND = 450;
/** Far more than the service keeps sessions for, so that nearly every request starts one. */
const VISITORS = 1_000_000;
const ITEMS_PER_ORDER = 24;
const SKUS = 3000;
/** Longer than any run: the load ends by stop(). */
const MAX_SECONDS = 3600;

/** @typedef {{ stop: () => void, stopped: Promise<void> }} Load */

/**
 * Customers who order, read receipts and look through the catalogue.
 *
 * @param {number} port
 * @param {(requests: number) => void} onSecond called with the number answered in each second
 * @returns {Load}
 */
function startLoad(port, onSecond) {
  /** @type {(error: Error | null) => void} */
  let end = () => {};
  const stopped = new Promise((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve(undefined));
  });
  const instance = autocannon(
    {
      url: `http://127.0.0.1:${port}`,
      connections: CONNECTIONS,
      overallRate: REQUESTS_PER_SECOND,
      // A burst after a pause of the service would be no customer's doing.
      ignoreCoordinatedOmission: true,
      duration: MAX_SECONDS,
      requests: [
        { method: 'POST', path: '/orders', setupRequest: newOrder },
        { method: 'GET', path: '/receipts/1', setupRequest: someReceipt },
        { method: 'GET', path: '/products', setupRequest: somePage },
      ],
    },
    end,
  );
  instance.on('tick', (/** @type {{ counter: number }} */ { counter }) => onSecond(counter));
  return { stop: () => instance.stop(), stopped };
}

/** @param {import('autocannon').Request} request */
function newOrder(request) {
  const items = Array.from({ length: ITEMS_PER_ORDER }, () => {
    return { sku: `sku-${below(SKUS)}`, quantity: 1 + below(5) };
  });
  const customer = `customer ${below(VISITORS)}`;
  const headers = { ...someVisitor(), 'content-type': 'application/json' };
  return { ...request, headers, body: JSON.stringify({ customer, items }) };
}

/** @param {import('autocannon').Request} request */
function someReceipt(request) {
  return { ...request, headers: someVisitor(), path: `/receipts/${below(1_000_000)}` };
}

/** @param {import('autocannon').Request} request */
function somePage(request) {
  return { ...request, headers: someVisitor(), path: `/products?page=${below(75)}` };
}

function someVisitor() {
  return { 'x-visitor': `visitor-${below(VISITORS)}` };
}

/** @param {number} limit */
function below(limit) {
  return Math.floor(Math.random() * limit);
}

module.exports = { startLoad };
