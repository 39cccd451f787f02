'use strict';

/**
 * A fastify service with a heap of orders, which takes captures of itself at a rhythm:
 * `node loaded_service.js OBJECTS SECONDS`, where 0 seconds mean no captures. It tells its parent where
 * it listens; on `begin` the rhythm starts, on `end` it tells what there was.
 */

const fastify = require('fastify');

const heapwatch = require('..');
const { keepReplacing, makeSmallOrders } = require('./small_orders.js');

/**
 * @typedef {object} CaptureTimes
 * @property {number} pauseMs
 * @property {number} wallMs
 *
 * @typedef {object} ServiceReport
 * @property {CaptureTimes[]} captures
 * @property {number} connections that clients opened since the rhythm began
 */

/** Orders in one reply. */
const PAGE = 10;

/** @param {InstanceType<typeof import('./small_orders.js').Order>[]} orders */
function serviceOf(orders) {
  const app = fastify.default();
  app.get('/orders/:id', async (request) => {
    const { id } = /** @type {{ id: string }} */ (request.params);
    const first = Number(id) % orders.length;
    return { total: orders.length, page: orders.slice(first, first + PAGE) };
  });
  return app;
}

/** @returns {Promise<CaptureTimes>} */
async function captured() {
  const start = performance.now();
  const graph = await heapwatch.capture({ method: 'walk' });
  const wallMs = performance.now() - start;
  graph.close();
  return { pauseMs: graph.captureInfo.pauseMs ?? NaN, wallMs };
}

async function main() {
  const [objects, seconds] = process.argv.slice(2).map(Number);
  const orders = makeSmallOrders(objects);
  keepReplacing(orders);
  const app = serviceOf(orders);
  let connections = 0;
  app.server.on('connection', () => (connections += 1));
  /** @type {Promise<CaptureTimes>[]} */
  const captures = [];
  const commands = {
    begin: () => {
      connections = 0;
      if (seconds > 0) setInterval(() => captures.push(captured()), seconds * 1000);
    },
    end: async () => process.send?.({ captures: await Promise.all(captures), connections }),
  };
  process.on('message', (/** @type {keyof typeof commands} */ command) => commands[command]());
  process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }));
}

main();
