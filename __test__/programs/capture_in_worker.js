'use strict';

/** Captures in a worker and, at the same time, in the main thread. */

const { once } = require('node:events');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const heapwatch = require('../..');

class OnlyInWorker {}
class OnlyInMain {}

/** @param {object[]} held */
async function capturedClasses(held) {
  const graph = await heapwatch.capture();
  const counts = ['OnlyInWorker', 'OnlyInMain'].map(
    (wanted) => graph.classes({ filter: wanted }).find(({ name }) => name === wanted)?.count ?? 0,
  );
  return { counts, held: held.length };
}

async function main() {
  const worker = new Worker(__filename);
  const [[inWorker], inMain] = await Promise.all([
    once(worker, 'message'),
    capturedClasses(Array.from({ length: 11 }, () => new OnlyInMain())),
  ]);
  process.stdout.write(`${JSON.stringify({ inWorker: inWorker.counts, inMain: inMain.counts })}\n`);
}

if (isMainThread) main();
else {
  capturedClasses(Array.from({ length: 7 }, () => new OnlyInWorker())).then((result) =>
    parentPort?.postMessage(result),
  );
}
