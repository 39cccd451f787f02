'use strict';

/**
 * Ends workers at random moments of their work. The main thread does not load the package until
 * the end: each worker that ends is the last that uses the addon.
 */

const { once } = require('node:events');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');

const { seededRandom } = require('../seeded_random.js');

const WORKERS = 20;
/** Two captures and their comparison take about as long. */
const MAX_DELAY_MS = 300;

async function work() {
  const heapwatch = require('../..');
  heapwatch.watch({ method: 'none' });
  parentPort?.postMessage('started');
  for (;;) {
    const graphs = [await heapwatch.capture(), await heapwatch.open(workerData.file)];
    await heapwatch.diagnose(graphs, { sources: false });
  }
}

async function terminateWorkers() {
  const [file, seed] = process.argv.slice(2);
  const random = seededRandom(Number(seed));
  for (let i = 0; i < WORKERS; i++) {
    const worker = new Worker(__filename, { workerData: { file } });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, random() * MAX_DELAY_MS));
    await worker.terminate();
  }
  const graph = await require('../..').capture();
  process.stdout.write(`${JSON.stringify({ ended: WORKERS, nodes: graph.nodeCount })}\n`);
}

if (isMainThread) terminateWorkers();
else work();
