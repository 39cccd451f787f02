'use strict';

/**
 * Watches in the main thread and in a worker, which leaks half a megabyte a second (of their own time) or
 * nothing, and tells both verdicts when the main thread's is `worker`, or after as long as told.
 */

const { once } = require('node:events');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const STEP_MS = 5000;
const LEAKED_A_STEP = 2_500_000;
const ARRAY_BYTES = 8000;
/** Twice as long as it takes. */
const MAX_STEPS = 80;
/** Tells the timer of the readings from others; it is never waited for. */
const READING_MS = 2 ** 31 - 1;
const OPTIONS = { method: /** @type {const} */ ('none'), memoryLimitBytes: 400 * 2 ** 20 };

/** Reads the memory, as the timer of the watcher in the main thread would. */
let read = () => {};
const { setInterval } = globalThis;
globalThis.setInterval = /** @type {any} */ (
  (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    if (ms === READING_MS) read = run;
    return setInterval(run, ms);
  }
);

const heapwatch = require('../..');
const { collect } = require('../collections.js');

async function main() {
  const [how] = process.argv.slice(2);
  const worker = new Worker(__filename, { workerData: how });
  const watcher = heapwatch.watch({ ...OPTIONS, readingEveryMs: READING_MS });
  watcher.on('stats', () => {});
  const result = { main: '', worker: '', steps: 0 };
  while (result.steps < MAX_STEPS && result.main !== 'worker') {
    worker.postMessage('go on');
    [result.worker] = await once(worker, 'message');
    await collect(watcher, STEP_MS);
    read();
    result.main = watcher.status().verdict;
    result.steps++;
  }
  await worker.terminate();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function inWorker() {
  /** @type {number[][]} */
  const kept = [];
  const watcher = heapwatch.watch(OPTIONS);
  parentPort?.on('message', async () => {
    const count = workerData === 'leak' ? LEAKED_A_STEP / ARRAY_BYTES : 0;
    for (let i = 0; i < count; i++) kept.push(new Array(ARRAY_BYTES / 8).fill(i + 0.5));
    await collect(watcher, STEP_MS);
    parentPort?.postMessage(watcher.status().verdict);
  });
}

if (isMainThread) main();
else inWorker();
