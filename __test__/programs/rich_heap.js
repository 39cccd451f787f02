'use strict';

/**
 * Fills a heap with everything that V8 has objects for, and writes its snapshot; then, if there is
 * a second file, changes the heap and writes it once more.
 *
 *     node rich_heap.js FILE.heapsnapshot ROUNDS [SECOND.heapsnapshot]
 *
 * A round makes some objects of each kind, about 550 nodes.
 */

const v8 = require('node:v8');

const { makeObjects } = require('./heap_makers.js');
const { seededRandom } = require('../seeded_random.js');

const random = seededRandom(7);

/** @param {number} limit */
const below = (limit) => Math.floor(random() * limit);

/** A list whose values are also indexed elsewhere, as long as there are rounds. */
const list = { head: /** @type {object | null} */ (null), index: new Map() };

/** @type {unknown[]} */
const everything = [];

/** @param {number} round */
function fill(round) {
  everything.push(...makeObjects(round));
  const value = { value: `${round}` };
  list.head = { value, next: list.head };
  list.index.set(round, value);
  // References between rounds, so that the dominator tree is not a row of equal branches.
  everything.push({ elsewhere: everything[below(everything.length)] });
  if (round % 5 === 0) everything[below(everything.length)] = null;
}

/** Lets go of things, adds others, and gives some plain objects new shapes. */
function change() {
  for (let at = 0; at < everything.length; at += 1) {
    if (below(3) === 0) everything[at] = null;
  }
  list.head = null;
  for (const value of list.index.values()) {
    if (below(2) === 0) Object.assign(value, { [`marked-${below(3)}`]: {} });
  }
  for (let round = rounds; round < rounds + rounds / 3; round += 1) fill(round);
}

const [file, roundsText, second] = process.argv.slice(2);
const rounds = Number(roundsText);
for (let round = 0; round < rounds; round += 1) fill(round);
Object.assign(globalThis, { list, everything });
v8.writeHeapSnapshot(file);
if (second !== undefined) {
  change();
  v8.writeHeapSnapshot(second);
}
// Handles and ports may be open.
process.exit(0);
