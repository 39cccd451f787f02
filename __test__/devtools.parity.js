'use strict';

/**
 * heapwatch says the same as Chrome DevTools, of every node and every class: on the fixtures, and
 * on a heap with everything in it that the Node under test makes. `scripts/test-all-nodes.js` runs
 * it on each supported Node; `bench/parity/compare.js` does the same to files of your own.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');

const { resultsOf } = require('./child_program.js');
const { differencesBetween, differencesOfDiffs } = require('./parity/comparison.js');
const { analyzeWithDevTools, diffWithDevTools } = require('./parity/devtools_analysis.js');
const { analyzeWithHeapwatch } = require('./parity/heapwatch_analysis.js');
const { temporaryFolder } = require('./temporary_folder.js');
const heapwatch = require('..');

/** @typedef {import('./parity/devtools_analysis.js').Analysis} Analysis */

const FIXTURES = path.join(__dirname, '..', 'fixtures');
const PACKED = '.heapsnapshot.gz';

/** Rounds of programs/rich_heap.js that make more than a million nodes on every Node. */
const ROUNDS = 2200;
const MIN_NODES = 1_000_000;

/** Rounds of the heap that is compared with itself, later: enough for most kinds of change. */
const COMPARED_ROUNDS = 200;

/** More classes than any heap has. */
const ALL_CLASSES = 2 ** 32 - 1;

/** Of so many nodes one is asked for through the API: an odd number, to meet all kinds. */
const ASKED_ONE_IN = 1999;

/**
 * @param {string} file
 * @returns {Promise<Analysis>} DevTools'
 */
async function assertEqualAnalyses(file) {
  const theirs = await analyzeWithDevTools(file);
  const differences = differencesBetween(analyzeWithHeapwatch(file), theirs);
  assert.equal(differences.length, 0, differences.join('\n'));
  return theirs;
}

/**
 * @param {import('..').HeapGraph} graph
 * @param {Analysis} theirs
 */
function assertEqualAnswers(graph, theirs) {
  assert.equal(graph.nodeCount, theirs.id.length);
  const told = graph.classes().map(({ location: _, ...sums }) => sums);
  const expected = theirs.classes.filter(({ count }) => count > 0);
  const byKey = (/** @type {{ key: string }[]} */ list) =>
    list.map((sums) => JSON.stringify(Object.entries(sums).sort())).sort();
  assert.deepEqual(byKey(told), byKey(expected));
  for (let i = 0; i < theirs.id.length; i += ASKED_ONE_IN) {
    const id = theirs.id[i];
    // Even ids are no JavaScript objects, and not always unique.
    if (id % 2 === 0) continue;
    const node = graph.node(id);
    const distance = theirs.distance[i];
    assert.deepEqual(
      {
        self: node?.self,
        retained: node?.retained,
        class: node?.class,
        dominator: graph.dominator(id)?.id,
        distance: graph.distance(id),
      },
      {
        self: theirs.shallow[i],
        retained: theirs.retained[i],
        class: theirs.classes[theirs.class[i]].name,
        dominator: theirs.id[theirs.dominator[i]],
        distance: distance < 0 ? null : distance,
      },
      `node ${i} @${id}`,
    );
  }
}

const packed = fs.existsSync(FIXTURES)
  ? fs.readdirSync(FIXTURES).filter((file) => file.endsWith(PACKED))
  : [];

for (const name of packed) {
  test(`every node and class of ${name} is as in DevTools`, async (t) => {
    const file = path.join(temporaryFolder(t), path.basename(name, '.gz'));
    fs.writeFileSync(file, zlib.gunzipSync(fs.readFileSync(path.join(FIXTURES, name))));
    await assertEqualAnalyses(file);
  });
}

test('every node and class of a heap with everything in it is as in DevTools', async (t) => {
  const file = path.join(temporaryFolder(t), 'rich.heapsnapshot');
  await resultsOf('rich_heap.js', { args: [file, String(ROUNDS)] });
  const theirs = await assertEqualAnalyses(file);
  assert.ok(theirs.id.length >= MIN_NODES, `${theirs.id.length} nodes`);
  const graph = await heapwatch.open(file);
  t.after(() => graph.close());
  assertEqualAnswers(graph, theirs);
});

test('the difference of two captures of a process is as in DevTools, class by class', async (t) => {
  const folder = temporaryFolder(t);
  const [older, newer] = ['older', 'newer'].map((name) => path.join(folder, `${name}.heapsnapshot`));
  await resultsOf('rich_heap.js', { args: [older, String(COMPARED_ROUNDS), newer] });
  const { changes, ambiguousKeys } = await diffWithDevTools(older, newer);
  const [before, after] = [await heapwatch.open(older), await heapwatch.open(newer)];
  t.after(() => [before, after].forEach((graph) => graph.close()));
  const { classes, method } = await after.diff(before, { limit: ALL_CLASSES });
  assert.equal(method, 'object-ids');
  const changed = classes.filter(({ added, removed }) => added + removed > 0);
  const differences = differencesOfDiffs(changed, changes, ambiguousKeys);
  assert.equal(differences.length, 0, differences.join('\n'));
  // Both that objects came and went, and that shapes became interfaces that were none before.
  assert.ok(changes.filter(({ added, removed }) => added * removed > 0).length > 30);
  assert.ok(changes.some(({ name }) => /^\{value, marked-\d\}$/.test(name)));
});
