'use strict';

/** Walks the heap of a worker and of the main thread at the same time: each sees its own. */

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const heapwatch = require('../..');

class OfMain {}
class OfWorker {}

/** Held here, so that it is there to be found. */
const held = Array.from({ length: 300 }, () => (isMainThread ? new OfMain() : new OfWorker()));

async function counts() {
  const graph = await heapwatch.capture({ method: 'walk' });
  const count = (/** @type {string} */ name) =>
    graph.classes({ filter: name }).find((one) => one.name === name)?.count ?? 0;
  const result = { main: count('OfMain'), worker: count('OfWorker'), held: held.length };
  graph.close();
  return result;
}

async function main() {
  const worker = new Worker(__filename);
  const ofWorker = new Promise((resolve) => worker.once('message', resolve));
  const [main, other] = [await counts(), await ofWorker];
  process.stdout.write(`${JSON.stringify({ main, worker: other })}\n`);
}

if (isMainThread) main();
else counts().then((result) => parentPort?.postMessage(result));
