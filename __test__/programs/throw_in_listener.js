'use strict';

/** Throws in listeners. */

const heapwatch = require('../..');

/** @type {string[]} */
const uncaught = [];
process.on('uncaughtException', (error) => uncaught.push(error.message));

const errors = ['first', 'second'];

async function main() {
  const watcher = heapwatch.watch();
  let samples = 0;
  watcher.on('stats', () => {
    const message = errors[samples++];
    if (message !== undefined) throw new Error(message);
  });
  for (const [i] of errors.entries()) {
    heapwatch.gc();
    // Waits for the sample, which comes in a turn of its own.
    while (samples <= i) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { running } = watcher.status();
  process.stdout.write(`${JSON.stringify({ uncaught, samples, running })}\n`);
  watcher.stop();
}

main();
