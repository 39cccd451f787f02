'use strict';

/**
 * A fastify service whose watcher comes and goes as its parent says: `node watched_service.js`. It tells
 * its parent where it listens; then each message, `alone`, `watched` or `sampled` (a watcher that
 * samples allocation sites), is obeyed and answered with what the service has used so far.
 *
 * Its work makes garbage of all ages, so that there are collections for the watcher to look at: each
 * reply is built anew, and a cache of bounded size changes all the time.
 */

const fastify = require('fastify');

/**
 * @typedef {object} ServiceCost
 * @property {number} cpuMs of all threads
 * @property {number} rssBytes now
 */

const CACHED = 50_000;
const LINES = 20;

function service() {
  const app = fastify.default();
  /** @type {Map<number, object>} */
  const cache = new Map();
  let asked = 0;
  app.get('/orders/:id', async (request) => {
    const { id } = /** @type {{ id: string }} */ (request.params);
    asked += 1;
    const order = { id, number: asked, lines: Array.from({ length: LINES }, (_, line) => ({ line })) };
    cache.set(asked, order);
    cache.delete(asked - CACHED);
    return order;
  });
  return app;
}

/** @param {string} how */
function watched(how) {
  // A service without a watcher doesn't load one.
  if (how !== 'alone') require('..').watch({ allocationSites: how === 'sampled' });
}

/** @returns {ServiceCost} */
function cost() {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}

async function main() {
  /** @type {string} */
  let now = 'alone';
  process.on('message', (/** @type {string} */ how) => {
    if (how !== now) {
      if (now !== 'alone') require('..').stop();
      watched(how);
      now = how;
    }
    process.send?.(cost());
  });
  process.send?.(await service().listen({ port: 0, host: '127.0.0.1' }));
}

main();
