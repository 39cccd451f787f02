'use strict';

/**
 * Two analyses of one snapshot, compared node by node and class by class. Everything has to be
 * equal. What differs on purpose is not among what is compared:
 *
 * | what | DevTools | heapwatch | why |
 * | - | - | - | - |
 * | two classes with one key, such as V8's `Function` and a user's class of that name from
 *   nowhere known | lists the later one | lists both | bytes would be missing from the list |
 * | the same when snapshots are compared | compares the later one | compares both as one | likewise |
 * | distance of what no path leads to | -5 | null | a number would be taken for a distance |
 *
 * @typedef {import('./devtools_analysis.js').Analysis} Analysis
 * @typedef {import('./devtools_analysis.js').ClassSums} ClassSums
 * @typedef {import('./devtools_analysis.js').ClassChange} ClassChange
 */

/** Differences that are shown of each kind; the first ones are as good as any. */
const SHOWN = 5;

const COLUMNS = /** @type {const} */ (['id', 'dominator', 'retained', 'shallow', 'distance']);

const CHANGE_FIELDS = /** @type {const} */ ([
  'key', 'name', 'added', 'removed', 'addedBytes', 'removedBytes',
]);

const CLASS_FIELDS = /** @type {const} */ (['key', 'name', 'count', 'self', 'retained']);

/**
 * @param {Analysis} ours
 * @param {Analysis} theirs
 * @returns {string[]} a line for each kind of difference and for its first few cases
 */
function differencesBetween(ours, theirs) {
  const [own, other] = [ours.class.length, theirs.class.length];
  if (own !== other) return [`${own} nodes, DevTools ${other}`];
  return [
    ...COLUMNS.flatMap((column) => differencesInColumn(column, ours, theirs)),
    ...differencesOfClasses(ours, theirs),
  ];
}

/**
 * @param {typeof COLUMNS[number]} column
 * @param {Analysis} ours
 * @param {Analysis} theirs
 */
function differencesInColumn(column, { [column]: own }, { [column]: other, ...theirs }) {
  /** @type {number[]} */
  const different = [];
  for (let node = 0; node < own.length; node += 1) {
    if (own[node] !== other[node]) different.push(node);
  }
  return listed(column, different, (node) => {
    const { name } = theirs.classes[theirs.class[node]];
    return `node ${node} (${name}): ${own[node]}, DevTools ${other[node]}`;
  });
}

/**
 * Two nodes have to be of one class here if they are there; and the classes have to have the
 * same keys, names and sums.
 *
 * @param {Analysis} ours
 * @param {Analysis} theirs
 */
function differencesOfClasses(ours, theirs) {
  /** @type {Map<number, number>} */
  const toTheirs = new Map();
  /** @type {Map<number, number>} */
  const toOurs = new Map();
  /** @type {number[]} */
  const misplaced = [];
  for (let node = 0; node < ours.class.length; node += 1) {
    const [own, other] = [ours.class[node], theirs.class[node]];
    if (!toTheirs.has(own) && !toOurs.has(other)) {
      toTheirs.set(own, other);
      toOurs.set(other, own);
    } else if (toTheirs.get(own) !== other || toOurs.get(other) !== own) {
      misplaced.push(node);
    }
  }
  const pairs = [...toTheirs].map(([own, other]) => ({
    own: ours.classes[own],
    other: theirs.classes[other],
  }));
  const told = (/** @type {ClassSums} */ sums) => JSON.stringify(sums, [...CLASS_FIELDS]);
  return [
    ...listed('class', misplaced, (node) => {
      const [own, other] = [ours.classes[ours.class[node]], theirs.classes[theirs.class[node]]];
      return `node ${node}: ${own.key}, DevTools ${other.key}`;
    }),
    ...listed(
      'class sums',
      pairs.filter(({ own, other }) => CLASS_FIELDS.some((field) => own[field] !== other[field])),
      ({ own, other }) => `${told(own)}, DevTools ${told(other)}`,
    ),
  ];
}

/**
 * Whether both say the same of what became of each class.
 *
 * @param {ClassChange[]} ours
 * @param {ClassChange[]} theirs
 * @param {Set<string>} ambiguousKeys of several classes each, which are not compared
 */
function differencesOfDiffs(ours, theirs, ambiguousKeys) {
  const told = (/** @type {ClassChange} */ change) => JSON.stringify(change, [...CHANGE_FIELDS]);
  const lines = (/** @type {ClassChange[]} */ changes) =>
    new Set(changes.filter(({ key }) => !ambiguousKeys.has(key)).map(told));
  const [own, other] = [lines(ours), lines(theirs)];
  const without = (/** @type {Set<string>} */ set) => (/** @type {string} */ line) =>
    !set.has(line);
  return [
    ...listed('only in heapwatch', [...own].filter(without(other)), String),
    ...listed('only in DevTools', [...other].filter(without(own)), String),
  ];
}

/**
 * @template T
 * @param {string} what
 * @param {T[]} cases
 * @param {(item: T) => string} describe
 * @returns {string[]}
 */
function listed(what, cases, describe) {
  if (cases.length === 0) return [];
  const shown = cases.slice(0, SHOWN).map((item) => `  ${what}: ${describe(item)}`);
  return [`${what}: ${cases.length} differ`, ...shown];
}

module.exports = { differencesBetween, differencesOfDiffs };
