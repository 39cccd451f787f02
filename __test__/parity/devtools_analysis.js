'use strict';

/**
 * What Chrome DevTools says about a snapshot: its own engine, as npm's heap-snapshot-toolkit
 * packs it.
 *
 * @typedef {object} ClassSums of the instances that have bytes
 * @property {string} key
 * @property {string} name
 * @property {number} count
 * @property {number} self bytes
 * @property {number} retained bytes
 *
 * @typedef {object} Analysis columns with one entry a node, and the classes
 * @property {Uint32Array} id
 * @property {Uint32Array} dominator index of the immediate dominator
 * @property {Float64Array} retained bytes
 * @property {Float64Array} shallow bytes, after the sizes of hidden parts moved to their owners
 * @property {Int32Array} distance from the user's roots; -5 if no path leads to the node
 * @property {Uint32Array} class index into `classes`
 * @property {ClassSums[]} classes
 *
 * @typedef {object} ClassChange what became of a class from one snapshot to the next
 * @property {string} key
 * @property {string} name
 * @property {number} added objects
 * @property {number} removed
 * @property {number} addedBytes
 * @property {number} removedBytes
 */

const fs = require('node:fs');

/** @type {string} As a variable: the package's types need a browser's, which are not there. */
const TOOLKIT = 'heap-snapshot-toolkit';

/**
 * @param {string} file
 * @returns {Promise<any>} DevTools' snapshot
 */
async function load(file) {
  const { parse } = await import(TOOLKIT);
  return parse(fs.createReadStream(file, 'utf8'));
}

/**
 * @param {string} file
 * @returns {Promise<Analysis>}
 */
async function analyzeWithDevTools(file) {
  const snapshot = await load(file);
  const count = snapshot.nodeCount;
  const fields = snapshot.nodeFieldCount;
  /** @type {Analysis} */
  const analysis = {
    id: new Uint32Array(count),
    dominator: new Uint32Array(count),
    retained: new Float64Array(count),
    shallow: new Float64Array(count),
    distance: new Int32Array(count),
    class: new Uint32Array(count),
    classes: [],
  };
  /** @type {Map<number | string, number>} by the key that is unique within a snapshot */
  const numbers = new Map();
  const node = snapshot.createNode(0);
  for (let i = 0; i < count; i += 1) {
    node.nodeIndex = i * fields;
    analysis.id[i] = node.id();
    analysis.dominator[i] = node.dominatorIndex() / fields;
    analysis.retained[i] = node.retainedSize();
    analysis.shallow[i] = node.selfSize();
    analysis.distance[i] = node.distance();
    const internalKey = node.classKeyInternal();
    let number = numbers.get(internalKey);
    if (number === undefined) {
      number = analysis.classes.length;
      numbers.set(internalKey, number);
      const key = snapshot.classKeyFromClassKeyInternal(internalKey);
      analysis.classes.push({ key, name: node.className(), count: 0, self: 0, retained: 0 });
    }
    analysis.class[i] = number;
  }
  addSums(snapshot, numbers, analysis.classes);
  return analysis;
}

/**
 * The sums that DevTools shows. They are asked for under the internal keys, since those that it
 * shows are not always unique (see comparison.js).
 *
 * @param {any} snapshot
 * @param {Map<number | string, number>} numbers
 * @param {ClassSums[]} classes
 */
function addSums(snapshot, numbers, classes) {
  const aggregates = snapshot.buildAggregates();
  snapshot.calculateClassesRetainedSize(aggregates);
  for (const [internalKey, { count, self, maxRet }] of aggregates) {
    const number = /** @type {number} */ (numbers.get(internalKey));
    Object.assign(classes[number], { count, self, retained: maxRet });
  }
}

/**
 * What DevTools shows as the comparison of two snapshots: as its data grid asks for it, with the
 * interfaces of the newer one.
 *
 * @param {string} olderFile
 * @param {string} newerFile
 * @returns {Promise<{ changes: ClassChange[], ambiguousKeys: Set<string> }>} the classes that
 *   changed, and the keys that several classes have (see comparison.js)
 */
async function diffWithDevTools(olderFile, newerFile) {
  const [older, newer] = [await load(olderFile), await load(newerFile)];
  const before = older.aggregatesForDiff(newer.interfaceDefinitions());
  /** @type {[string, any][]} */
  const diff = Object.entries(newer.calculateSnapshotDiff(olderFile, before));
  const changes = diff.map(([key, change]) => ({
    key,
    name: change.name,
    added: change.addedCount,
    removed: change.removedCount,
    addedBytes: change.addedSize,
    removedBytes: change.removedSize,
  }));
  const ambiguousKeys = new Set([older, newer].flatMap(keysOfSeveral));
  return { changes, ambiguousKeys };
}

/** @param {any} snapshot */
function keysOfSeveral(snapshot) {
  const internalKeys = [...snapshot.buildAggregates().keys()];
  const keys = internalKeys.map((key) => snapshot.classKeyFromClassKeyInternal(key));
  return keys.filter((key, at) => keys.indexOf(key) < at);
}

module.exports = { analyzeWithDevTools, diffWithDevTools };
