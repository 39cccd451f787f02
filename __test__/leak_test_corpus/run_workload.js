'use strict';

/** Runs one workload of the corpus some times and prints a line of JSON for each run. */

const { createRequire } = require('node:module');
const path = require('node:path');

const { findLeaks } = require('../../test.js');
const { CLEAN } = require('./clean.js');
const { LEAKING } = require('./leaking.js');

const [folder, kind, name, runs, firstSeed, timeoutMs] = process.argv.slice(2);
const load = createRequire(path.join(folder, 'package.json'));
const print = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** @param {number} seed */
async function run(seed) {
  const corpus = kind === 'clean' ? CLEAN : LEAKING;
  const start = performance.now();
  try {
    const { leaks } = await findLeaks(corpus[name].make(load), { seed, timeout: Number(timeoutMs) });
    const told = leaks.map(
      ({ class: ofClass, perIteration, owner, locations }) =>
        `${perIteration} ${ofClass} held by ${owner?.name} at ` +
        `${path.basename(locations[0]?.url ?? '?')}:${locations[0]?.line}`,
    );
    print({ seed, leaks: told, ms: performance.now() - start });
  } catch (error) {
    print({ seed, error: String(error), leaks: [], ms: performance.now() - start });
  }
}

async function main() {
  // Seeds of its own for each workload, the same each time.
  const base = [...name].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) % 65_536, 7);
  for (let i = 0; i < Number(runs); i++) await run(base * 1000 + Number(firstSeed) + i);
  process.exit();
}

main();
