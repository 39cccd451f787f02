'use strict';

/** Watches while the clock leaps ahead, is set back, and leaps ahead again. */

const heapwatch = require('../..');
const { collect } = require('../collections.js');

const YEAR_MS = 365 * 24 * 3_600_000;

async function main() {
  const watcher = heapwatch.watch({ method: 'none', readingEveryMs: 10 });
  let samples = 0;
  /** @type {Set<string>} */
  const states = new Set();
  watcher.on('stats', ({ state }) => {
    samples++;
    states.add(state);
  });
  for (const jumpMs of [YEAR_MS, -2 * YEAR_MS, YEAR_MS]) {
    await collect(watcher, jumpMs);
    for (let i = 0; i < 10; i++) await collect(watcher);
  }
  const { ignoredSamples: ignored } = watcher.status().pools['js-heap'];
  process.stdout.write(`${JSON.stringify({ samples, ignored, states: [...states] })}\n`);
}

main();
