'use strict';

/** Two workers of a cluster with a black box, the second after the first was killed. */

const cluster = /** @type {import('node:cluster').Cluster} */ (
  /** @type {unknown} */ (require('node:cluster'))
);
const { once } = require('node:events');
const fs = require('node:fs');

const [file] = process.argv.slice(2);

async function main() {
  for (const end of /** @type {const} */ (['SIGKILL', 'SIGTERM'])) {
    const worker = cluster.fork();
    const [told] = await once(worker, 'message');
    process.stdout.write(`${JSON.stringify(told)}\n`);
    if (end === 'SIGTERM') worker.disconnect();
    else worker.process.kill(end);
    await once(worker, 'exit');
  }
}

async function work() {
  const heapwatch = require('../..');
  const { label, lastRun } = heapwatch.watch({ blackBox: file }).status();
  while (!fs.existsSync(`${file}.worker-${cluster.worker?.id}`)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.send?.({ label, lastRun });
}

if (cluster.isPrimary) main();
else work();
