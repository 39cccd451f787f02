'use strict';

/**
 * A fastify service as it is, with a watcher, or with one that samples allocation sites:
 * `node watched_service.js alone|watched|sampled`. It tells its parent where it listens; on `end` it
 * tells what it has used.
 *
 * Its work makes garbage of all ages, so that there are collections for the watcher to look at: each
 * reply is built anew, and a cache of bounded size changes all the time.
 */

const fastify = require('fastify');

/**
 * @typedef {object} ServiceCost
 * @property {number} rssBytes
 * @property {number} cpuMs of all threads, since the service listens
 * @property {number} majorCollections
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

async function main() {
  const how = process.argv[2];
  if (how !== 'alone') require('..').watch({ allocationSites: how === 'sampled' });
  const app = service();
  let majorCollections = 0;
  const { constants, PerformanceObserver } = require('node:perf_hooks');
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = /** @type {any} */ (entry).detail;
      if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) majorCollections += 1;
    }
  }).observe({ entryTypes: ['gc'] });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const before = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before);
    process.send?.({
      rssBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
      majorCollections,
    });
  });
  process.send?.(url);
}

main();
