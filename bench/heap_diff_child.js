'use strict';

/**
 * A HeapDiff of a heap of small objects, measured: `node heap_diff_child.js MODULE OBJECTS [watched]`,
 * where MODULE is a memwatch. It has to count what is allocated meanwhile. Watched, it tells the memory
 * of forked children; that makes it slower.
 */

const { watchForkedMemory } = require('./forked_memory.js');
const { giveResult } = require('./measuring_child.js');
const { peakRss, resetPeakRss } = require('./process_cost.js');

/** Objects that are new at the end. */
const NEW_OBJECTS = 1000;

/**
 * @typedef {object} DiffCost
 * @property {number} beginMs for which `new HeapDiff()` blocked
 * @property {number} endMs for which `end()` did
 * @property {number} rssBefore bytes
 * @property {number} peakRss bytes, from then on
 * @property {number} childBytes the most that a forked child had for itself; 0 without one, or unwatched
 */

class Item {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }
}

async function main() {
  const [name, count, watched] = process.argv.slice(2);
  const memwatch = require(name);
  const watcher = watched === undefined ? null : watchForkedMemory();
  await watcher?.peak();
  const items = Array.from({ length: Number(count) }, (_, i) => new Item(i));
  memwatch.gc();
  resetPeakRss();
  const rssBefore = process.memoryUsage.rss();
  const begin = performance.now();
  const diff = new memwatch.HeapDiff();
  const beginMs = performance.now() - begin;
  for (let i = 0; i < NEW_OBJECTS; i += 1) items.push(new Item(i));
  const end = performance.now();
  const { change } = diff.end();
  const endMs = performance.now() - end;
  const { what, '+': more, '-': less } = change.details.find(
    (/** @type {{ what: string }} */ row) => row.what === 'Item',
  );
  if (more - less !== NEW_OBJECTS) throw new Error(`${more} - ${less} objects of ${what}`);
  const childBytes = (await watcher?.peak())?.child ?? 0;
  giveResult({ beginMs, endMs, rssBefore, peakRss: peakRss(), childBytes });
  watcher?.close();
}

main();
