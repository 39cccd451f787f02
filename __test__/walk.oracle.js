'use strict';

/**
 * A walk says the same of a heap as V8's own snapshot of it: programs with objects of every kind,
 * walked in place and in a forked child. What may differ is in walk_oracle/explained_differences.js;
 * `bench/heap_differences.js` prints it for files of your own.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { resultsOf } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');
const { skippedWithoutWalk } = require('./where_walks_work.js');
const { compareHeaps } = require('./walk_oracle/heap_comparison.js');

/** @typedef {import('./walk_oracle/heap_comparison.js').Difference} Difference */

const HEAPS = ['rich', 'language', 'values', 'node', 'modules'];

/** Heaps of which V8 is compared with itself: the largest, and the one with most at work in it. */
const COMPARED_WITH_ITSELF = ['rich', 'node'];

const [MAJOR] = process.versions.node.split('.').map(Number);

/** Part of V8's nodes that have to be matched by the way to them, so that much is compared. */
const MIN_MATCHED = 0.8;

/** Differences that a failure shows; the heaviest ones. */
const SHOWN = 30;

/**
 * What the garbage collector and the compiler do between a walk and V8's snapshot differs from run to
 * run; a defect of the walk is there each time.
 */
const RUNS = 3;

/** V8's compiler in threads of its own gets done when the machine has time for it, between a walk and
 * V8's snapshot, too, and on a busy machine each time there. */
const COMPILED_AT_ONCE = ['--no-concurrent-recompilation'];

/**
 * The differences of a pair that nothing explains, by what they are about.
 *
 * @param {{ name: string, walk: string, v8: string }} pair
 * @returns {Promise<Map<string, Difference>>}
 */
async function differencesOf({ name, walk, v8 }) {
  const { totals, compared, unexplained } = await compareHeaps(walk, v8, { major: MAJOR });
  assert.ok(compared.hasPlanted);
  assert.ok(compared.objects >= MIN_MATCHED * totals.v8.nodes, `${compared.objects} objects`);
  assert.equal(compared.dominators, 100);
  const key = (/** @type {Difference} */ one) => `${name}: ${one.what}: ${one.subject}`;
  return new Map(unexplained.map((difference) => [key(difference), difference]));
}

/**
 * Compares the same heap in fresh processes until no difference is common to all runs.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} heap
 * @param {'walk' | 'v8'} method
 * @param {string[]} names of the pairs that there must be
 */
async function assertSameHeap(t, heap, method, names) {
  /** @type {Map<string, Difference> | null} */
  let common = null;
  for (let run = 1; run <= RUNS && common?.size !== 0; run++) {
    const args = [heap, temporaryFolder(t), method];
    const [result] = await resultsOf('walk_and_v8.js', { args, nodeArgs: COMPILED_AT_ONCE });
    if (skippedWithoutWalk(t, result)) return;
    /** @type {{ name: string, walk: string, v8: string }[]} */
    const pairs = result.pairs;
    assert.deepEqual(
      pairs.map(({ name }) => name),
      names,
    );
    /** @type {[string, Difference][]} */
    const found = [];
    for (const pair of pairs) found.push(...(await differencesOf(pair)));
    const before = /** @type {Map<string, Difference> | null} */ (common);
    common = new Map(found.filter(([key]) => before === null || before.has(key)));
  }
  const left = [...(common?.values() ?? [])];
  assert.equal(left.length, 0, `\n${left.slice(0, SHOWN).map(told).join('\n')}`);
}

/** @param {Difference} difference */
function told({ what, subject, walk, v8, bytes, example }) {
  const size = bytes === undefined ? '' : ` of ${bytes.walk} : ${bytes.v8} bytes`;
  const where = example === undefined ? '' : ` at ${example}`;
  return `${what}: ${subject}: walk ${walk} : V8 ${v8}${size}${where}`;
}

for (const heap of COMPARED_WITH_ITSELF) {
  test(`two snapshots of V8 are equal: ${heap}`, (t) => assertSameHeap(t, heap, 'v8', ['in-place']));
}

for (const heap of HEAPS) {
  test(`a walk says the same as V8: ${heap}`, (t) =>
    assertSameHeap(t, heap, 'walk', ['in-place', 'forked']));
}
