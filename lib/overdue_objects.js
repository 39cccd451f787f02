'use strict';

const crypto = require('node:crypto');

const { processLabel } = require('./process_label.js');

/**
 * Objects that should be gone and were found to be there still, by label.
 *
 * A few of each label are in a list by which native code finds them in a capture (crates/leak,
 * `expected_objects`): an object of a class that nobody else has, whose array of weak references
 * stands below a key that no other list has, of another copy of heapwatch neither.
 *
 * @typedef {import('../index.js').RetainedInfo} RetainedInfo
 * @typedef {import('../index.js').ReportStep} ReportStep
 * @typedef {{ label: string, count: number, since: number, collections: number, examples: number[],
 *   path: ReportStep[] | null }} Group `examples`: indexes in the list
 */

/** Labels that are told one by one: whoever makes up a label for each object doesn't get an event
 * for each. */
const MAX_LABELS = 50;
const OTHERS = '(other labels)';
/** Objects of a label that are looked for in a capture: one may be gone by then. */
const EXAMPLES = 3;

class HeapwatchOverdueObjects {}

class OverdueObjects {
  static LIST_CLASS = HeapwatchOverdueObjects.name;

  /** @type {Map<string, Group>} */
  #groups = new Map();
  /** @type {WeakRef<object>[]} */
  #refs = [];
  /** @type {any} */
  #list = new HeapwatchOverdueObjects();
  key = `list_${crypto.randomUUID()}`;
  count = 0;
  /** The shortest that was asked for. */
  pathCooldownMs = Infinity;

  constructor() {
    this.#list[this.key] = this.#refs;
  }

  /**
   * @param {WeakRef<object>} ref
   * @param {string} label
   * @param {number} since when it was registered, on the clock of `performance.now()`
   * @param {{ collections: number, options: { pathCooldownMs: number } }} waited
   */
  add(ref, label, since, { collections, options }) {
    const group = this.#group(label);
    group.count++;
    group.since = Math.min(group.since, since);
    group.collections = Math.max(group.collections, collections);
    if (group.examples.length < EXAMPLES) group.examples.push(this.#refs.push(ref) - 1);
    this.count++;
    this.pathCooldownMs = Math.min(this.pathCooldownMs, options.pathCooldownMs);
  }

  /** @param {string} label */
  #group(label) {
    const isOther = this.#groups.size >= MAX_LABELS && !this.#groups.has(label);
    const name = isOther ? OTHERS : label;
    const group = this.#groups.get(name) ?? {
      label: name,
      count: 0,
      since: Infinity,
      collections: 0,
      examples: [],
      path: null,
    };
    this.#groups.set(name, group);
    return group;
  }

  /**
   * @param {(ReportStep[] | null)[]} paths by index in the list
   */
  addPaths(paths) {
    for (const group of this.#groups.values()) {
      for (const example of group.examples) group.path ??= paths[example] ?? null;
    }
  }

  /** @returns {RetainedInfo[]} */
  infos() {
    const now = performance.now();
    return [...this.#groups.values()].map(({ label, count, since, collections, path }) => ({
      label,
      count,
      ageMs: now - since,
      collections,
      path,
      process: processLabel(),
    }));
  }
}

module.exports = { OverdueObjects };
