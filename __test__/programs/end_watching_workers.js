'use strict';

/**
 * Ends workers that watch at random moments, several at a time; the main thread never loads the
 * package. Tells how many threads of the watch there were, and are left.
 */

const fs = require('node:fs');
const { once } = require('node:events');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const { seededRandom } = require('../seeded_random.js');

const ROUNDS = 10;
const WORKERS = 3;
const MAX_DELAY_MS = 30;
const GONE_WITHIN_MS = 30_000;

function watchAndWork() {
  const heapwatch = require('../..');
  const watcher = heapwatch.watch({ readingEveryMs: 10 });
  watcher.on('stats', () => {});
  // The first one makes a context, and a worker that ends in the middle of that has V8 complain.
  heapwatch.gc();
  parentPort?.postMessage('watching');
  for (;;) heapwatch.gc();
}

/** Threads that read the memory of this process. */
function watchThreads() {
  if (process.platform !== 'linux') return null;
  return fs.readdirSync('/proc/self/task').filter((task) => {
    try {
      return fs.readFileSync(`/proc/self/task/${task}/comm`, 'utf8') === 'heapwatch-watch\n';
    } catch {
      return false;
    }
  }).length;
}

async function main() {
  const random = seededRandom(Number(process.argv[2]));
  let whileWatching = null;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from({ length: WORKERS }, () => new Worker(__filename));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    whileWatching = watchThreads();
    for (const worker of workers) {
      await new Promise((resolve) => setTimeout(resolve, random() * MAX_DELAY_MS));
      await worker.terminate();
    }
  }
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (watchThreads() !== 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.stdout.write(`${JSON.stringify({ whileWatching, afterwards: watchThreads() })}\n`);
}

if (isMainThread) main();
else watchAndWork();
