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
 * @param {{ walk: string, v8: string }} pair
 */
async function assertSameHeap({ walk, v8 }) {
  const { totals, compared, unexplained } = await compareHeaps(walk, v8, { major: MAJOR });
  assert.equal(unexplained.length, 0, `\n${unexplained.slice(0, SHOWN).map(told).join('\n')}`);
  assert.ok(compared.hasPlanted);
  assert.ok(compared.objects >= MIN_MATCHED * totals.v8.nodes, `${compared.objects} objects`);
  assert.equal(compared.dominators, 100);
}

/** @param {Difference} difference */
function told({ what, subject, walk, v8, bytes, example }) {
  const size = bytes === undefined ? '' : ` of ${bytes.walk} : ${bytes.v8} bytes`;
  const where = example === undefined ? '' : ` at ${example}`;
  return `${what}: ${subject}: walk ${walk} : V8 ${v8}${size}${where}`;
}

for (const heap of COMPARED_WITH_ITSELF) {
  test(`two snapshots of V8 are equal: ${heap}`, async (t) => {
    const args = [heap, temporaryFolder(t), 'v8'];
    const [{ pairs }] = await resultsOf('walk_and_v8.js', { args });
    assert.equal(pairs.length, 1);
    await assertSameHeap(pairs[0]);
  });
}

for (const heap of HEAPS) {
  test(`a walk says the same as V8: ${heap}`, async (t) => {
    const args = [heap, temporaryFolder(t), 'walk'];
    const [result] = await resultsOf('walk_and_v8.js', { args });
    if (skippedWithoutWalk(t, result)) return;
    const { pairs } = result;
    assert.deepEqual(
      pairs.map((/** @type {{ name: string }} */ { name }) => name),
      ['in-place', 'forked'],
    );
    for (const pair of pairs) await assertSameHeap(pair);
  });
}
