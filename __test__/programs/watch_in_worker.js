'use strict';

/** Watches in a worker and in the main thread, whose heap is the larger one. */

const { once } = require('node:events');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const heapwatch = require('../..');
const { collect } = require('../collections.js');

/** @param {number} count of 8 KB each */
const arrays = (count) => Array.from({ length: count }, (_, i) => new Array(1024).fill(i));

async function watch() {
  const watcher = heapwatch.watch();
  const told = once(watcher, 'stats');
  await collect(watcher);
  return /** @type {import('../..').Stats} */ ((await told)[0]);
}

async function main() {
  const held = arrays(8000);
  const worker = new Worker(__filename);
  const ended = once(worker, 'exit');
  const [[inWorker], stats] = await Promise.all([once(worker, 'message'), watch()]);
  // It has a watcher, and nothing to do.
  const [exitCode] = await ended;
  const result = {
    worker: inWorker,
    main: { heapUsedBytes: stats.heapUsedBytes },
    exitCode,
    held: held.length,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function inWorker() {
  /** @type {number[][] | null} */
  let garbage = arrays(1000);
  const beforeBytes = garbage.length && process.memoryUsage().heapUsed;
  garbage = null;
  const { heapUsedBytes } = await watch();
  const afterBytes = process.memoryUsage().heapUsed;
  parentPort?.postMessage({ beforeBytes, afterBytes, heapUsedBytes, garbage });
}

if (isMainThread) main();
else inWorker();
