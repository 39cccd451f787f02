'use strict';

/**
 * Leaks half a megabyte a second (of its own time) in the pool that is asked for, until a watcher tells
 * a leak, and tells what it told.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const heapwatch = require('../..');
const { collect } = require('../collections.js');

const STEP_S = 5;
const LEAKED_A_STEP = STEP_S * 500_000;
/** Far more than it takes. */
const MAX_STEPS = 100;
/** Shorter strings Node copies into the heap. */
const EXTERNAL_BYTES = 1_250_000;
/** What an empty context takes. */
const CONTEXT_BYTES = 150_000;

/** @type {unknown[]} */
const kept = [];

/** @param {number} bytes of each @param {() => unknown} make */
function keep(bytes, make) {
  for (let leaked = 0; leaked < LEAKED_A_STEP; leaked += bytes) kept.push(make());
}

/** @param {string} file */
const leaksOf = (file) => ({
  none: () => {},
  'js-heap': () => keep(8000, () => new Array(1000).fill(kept.length + 0.5)),
  'array-buffers': () => keep(50_000, () => Buffer.alloc(50_000, 1)),
  external: () => keep(EXTERNAL_BYTES, () => fs.readFileSync(file, 'latin1')),
  contexts: () => keep(CONTEXT_BYTES, () => vm.createContext({})),
});

async function main() {
  const file = path.join(os.tmpdir(), `heapwatch-leak-in-pool-${process.pid}`);
  process.on('exit', () => fs.rmSync(file, { force: true }));
  fs.writeFileSync(file, 'x'.repeat(EXTERNAL_BYTES));
  const leak = leaksOf(file)[/** @type {'none'} */ (process.argv[2])];

  const watcher = heapwatch.watch({ method: 'none', memoryLimitBytes: 400 * 2 ** 20 });
  /** @type {{ event: string, pool: string, verdict: string }[]} */
  const told = [];
  for (const event of /** @type {const} */ (['suspect', 'leak', 'recovered'])) {
    watcher.on(event, ({ pool }) => told.push({ event, pool, verdict: watcher.status().verdict }));
  }
  for (let i = 0; i < MAX_STEPS && !told.some(({ event }) => event === 'leak'); i++) {
    leak();
    await collect(watcher, STEP_S * 1000);
  }
  process.stdout.write(`${JSON.stringify({ told, kept: kept.length })}\n`);
}

main();
