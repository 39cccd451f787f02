'use strict';

/**
 * A service under a watcher that samples allocations: works, lets it diagnose, and tells what is
 * said of allocation sites.
 *
 *     allocate_and_keep.js leak|churn
 */

const heapwatch = require('../..');
const { seededRandom } = require('../seeded_random.js');

const random = seededRandom(7);
const ROUNDS = 40;
/** What each of the functions below allocates in a round. */
const OBJECTS = 4000;
/** A cache at its bound, which churns: about 10 MB. */
const CACHED = 10_000;

/** @type {unknown[]} */
const kept = [];
/** @type {Map<number, unknown>} */
const cache = new Map();
let number = 0;

// Called through a list, as handlers are, and for V8 not to inline them: it tells functions that run
// by themselves.

/**
 * What most objects look like: about 300 bytes. In use for the length of a request.
 *
 * @param {unknown[]} inUse
 */
function handleOrder(inUse) {
  inUse.push({ number: number++, lines: [{ sku: number, texts: new Array(20).fill(number) }] });
  if (inUse.length > 200) inUse.splice(Math.floor(random() * 200), 1);
}

function remember() {
  cache.set(number, new Array(100).fill(number));
  if (cache.size > CACHED) cache.delete(/** @type {number} */ (cache.keys().next().value));
}

function keepForEver() {
  kept.push(new Array(30).fill(number));
}

/** @param {boolean} leaks */
function work(leaks) {
  const handlers = leaks ? [handleOrder, remember, keepForEver] : [handleOrder, remember];
  /** @type {unknown[]} */
  const inUse = [];
  for (let i = 0; i < OBJECTS; i++) {
    for (const handle of handlers) handle(inUse);
  }
  return inUse;
}

async function main() {
  const leaks = process.argv[2] === 'leak';
  const watcher = heapwatch.watch({ allocationSites: true, maxPauseMs: 60_000, captures: 2 });
  const fill = CACHED / OBJECTS;
  /** @type {unknown[]} */
  let inUse = [];
  for (let round = 0; round < ROUNDS + fill; round++) {
    inUse = work(leaks && round >= fill);
    // As a reading of the watcher by the clock.
    if (round % 10 === 5) await watcher.allocationProfile();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const alive = setInterval(() => {}, 10);
  const report = await watcher.diagnose({ maxSpacingMs: 1 });
  clearInterval(alive);
  const { allocationSites } = watcher.status();
  const text = heapwatch.renderText(report, { root: __dirname });
  const told = { sites: report.allocationSites, status: allocationSites, text };
  process.stdout.write(`${JSON.stringify({ ...told, inUse: inUse.length, kept: kept.length })}\n`);
}

main();
