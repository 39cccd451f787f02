'use strict';

/**
 * What it costs to hear of garbage collections, in several ways:
 * `node bench/collection_cost.js [--blocks 40]`. See README.md here.
 */

const { constants, PerformanceObserver } = require('node:perf_hooks');
const { parseArgs } = require('node:util');
const v8 = require('node:v8');

const { CollectionBell } = require('../lib/collection_bell.js');
const { collector } = require('../lib/forced_gc.js');
const { NotedCollections } = require('../lib/noted_collections.js');
const { ProfiledCollections } = require('../lib/profiled_collections.js');
const { machineClass } = require('./machine.js');
const { medianInterval, spreadOf, table, withSpread } = require('./table.js');

/** Minor collections in a block, and how many of them a service has before its event loop turns. */
const MINOR = 200;
const A_TURN = 2;
/** Objects that stay, so that a major collection has something to do. */
const KEPT = 100_000;

/** @type {Record<string, () => () => void>} Each starts to listen, and gives how to stop. */
const WAYS = {
  nobody: () => () => {},
  'as a watcher does': () => listen(new NotedCollections()),
  'a watcher without native code': () => listen(new ProfiledCollections()),
  'a PerformanceObserver': () => {
    const observer = new PerformanceObserver((list) => {
      const kinds = list.getEntries().map((entry) => /** @type {any} */ (entry).detail.kind);
      return kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR);
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  },
};

/** @param {import('../lib/noted_collections.js').Collections} collections */
function listen(collections) {
  const bell = new CollectionBell(() => collections.take());
  return () => {
    bell.stop();
    collections.take();
    collections.stop();
  };
}

/**
 * Of all threads: V8 collects with several.
 *
 * @returns {number} µs
 */
function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Processor of a minor collection, µs, with all that follows from it.
 *
 * @param {() => () => void} start
 * @param {() => void} minor
 */
async function block(start, minor) {
  const before = cpuUs();
  const stop = start();
  for (let i = 0; i < MINOR; i += 1) {
    minor();
    if (i % A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  stop();
  return (cpuUs() - before) / MINOR;
}

async function main() {
  const { values } = parseArgs({ options: { blocks: { type: 'string', default: '40' } } });
  // Threads that wait for each other keep processors busy, all the longer if others do.
  v8.setFlagsFromString('--no-parallel-scavenge');
  const collect = /** @type {(options?: object) => void} */ (collector());
  const minor = () => collect({ type: 'minor' });
  const kept = Array.from({ length: KEPT }, (_, i) => ({ i }));
  collect();
  /** @type {Map<string, number[]>} */
  const costs = new Map(Object.keys(WAYS).map((name) => [name, []]));
  for (let i = 0; i < Number(values.blocks); i += 1) {
    for (const [name, start] of Object.entries(WAYS)) costs.get(name)?.push(await block(start, minor));
  }
  // The first of each compiled what the others ran.
  const measured = [...costs].map(([name, [, ...us]]) => ({ name, us }));
  const nobody = measured[0].us;
  const rows = measured.map(({ name, us }) => {
    const more = us.map((cost, i) => cost - nobody[i]);
    const [low, high] = medianInterval(more).map((cost) => cost.toFixed(0));
    const moreText = us === nobody ? '' : `${spreadOf(more).median.toFixed(0)} (${low} to ${high})`;
    return [name, withSpread(us, (value) => value.toFixed(0)), moreText];
  });
  console.log(`\n${machineClass()}, ${kept.length} objects kept\n`);
  const head = ['who listens', 'µs: median (min-max)', 'more than nobody (95 %)'];
  console.log(table(head, rows));
}

main();
