'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { differencesBetween, differencesOfDiffs } = require('./parity/comparison.js');

/** @returns {import('./parity/devtools_analysis.js').Analysis} */
function analysis() {
  return {
    id: Uint32Array.of(1, 3, 5, 7),
    dominator: Uint32Array.of(0, 0, 1, 1),
    retained: Float64Array.of(30, 30, 10, 10),
    shallow: Float64Array.of(0, 10, 10, 10),
    distance: Int32Array.of(0, 1, 2, -5),
    class: Uint32Array.of(0, 1, 2, 2),
    classes: [
      { key: ',(synthetic)', name: '(synthetic)', count: 0, self: 0, retained: 0 },
      { key: ',User', name: 'User', count: 1, self: 10, retained: 30 },
      { key: ',(string)', name: '(string)', count: 2, self: 20, retained: 20 },
    ],
  };
}

test('analyses are equal however they number their classes', () => {
  const renumbered = analysis();
  renumbered.classes.reverse();
  renumbered.class = renumbered.class.map((number) => 2 - number);
  assert.deepEqual(differencesBetween(renumbered, analysis()), []);
});

for (const column of /** @type {const} */ (['id', 'dominator', 'retained', 'shallow', 'distance'])) {
  test(`one node with another ${column} is a difference`, () => {
    const other = analysis();
    other[column][2] += 1;
    const [summary, first] = differencesBetween(other, analysis());
    assert.equal(summary, `${column}: 1 differ`);
    assert.match(first, /node 2 \(\(string\)\)/);
  });
}

test('a node in another class, classes that are one, and one that is two are differences', () => {
  for (const classes of [
    [0, 1, 1, 2],
    [0, 1, 1, 1],
    [0, 1, 2, 0],
  ]) {
    const other = analysis();
    other.class = Uint32Array.from(classes);
    assert.notDeepEqual(differencesBetween(other, analysis()), [], String(classes));
    assert.notDeepEqual(differencesBetween(analysis(), other), [], String(classes));
  }
});

test('another key, name or sum of a class is a difference', () => {
  for (const change of [{ key: 'x' }, { name: 'x' }, { count: 3 }, { self: 1 }, { retained: 1 }]) {
    const other = analysis();
    Object.assign(other.classes[1], change);
    assert.equal(differencesBetween(other, analysis())[0], 'class sums: 1 differ');
  }
});

test('another number of nodes is a difference', () => {
  const other = analysis();
  other.class = other.class.slice(1);
  assert.deepEqual(differencesBetween(other, analysis()), ['3 nodes, DevTools 4']);
});

/** @returns {import('./parity/devtools_analysis.js').ClassChange} */
const change = () => ({
  key: ',User', name: 'User', added: 2, removed: 1, addedBytes: 32, removedBytes: 16,
});

test('changes of classes are equal in any order', () => {
  const [one, two] = [change(), { ...change(), key: ',Order' }];
  assert.deepEqual(differencesOfDiffs([one, two], [two, one], new Set()), []);
});

for (const field of /** @type {const} */ (['added', 'removed', 'addedBytes', 'removedBytes'])) {
  test(`another ${field} of a class is a difference, but not of an ambiguous key`, () => {
    const other = change();
    other[field] += 1;
    const [ours, , theirs] = differencesOfDiffs([other], [change()], new Set());
    assert.equal(ours, 'only in heapwatch: 1 differ');
    assert.equal(theirs, 'only in DevTools: 1 differ');
    assert.deepEqual(differencesOfDiffs([other], [change()], new Set([',User'])), []);
  });
}

test('a class that only one of them lists is a difference', () => {
  assert.equal(differencesOfDiffs([], [change()], new Set())[0], 'only in DevTools: 1 differ');
  assert.equal(differencesOfDiffs([change()], [], new Set())[0], 'only in heapwatch: 1 differ');
});
