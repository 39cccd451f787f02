'use strict';

/** A program that knows nothing of heapwatch, but for telling what was started for it. */

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const heapwatch = require('../..');

/** @type {{ name: string, code: string | undefined, message: string }[]} */
const warnings = [];
process.on('warning', (/** @type {any} */ { name, code, message }) => {
  warnings.push({ name, code, message });
});

function ownStatus() {
  const status = heapwatch.status();
  return status && { running: status.running, limits: status.limits, label: status.label };
}

async function main() {
  const worker = new Worker(__filename);
  const inWorker = await new Promise((resolve) => worker.once('message', resolve));
  const own = ownStatus();
  // Whoever has options of his own gets a watcher with them.
  const mine = heapwatch.watch({ captures: 2 });
  const isMine = heapwatch.watch() === mine;
  process.stdout.write(`${JSON.stringify({ own, inWorker, isMine, warnings })}\n`);
}

if (isMainThread) main();
else parentPort?.postMessage(ownStatus());
