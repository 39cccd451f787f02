'use strict';

/**
 * Which node of one heap is which of the other, where ids do not tell: both graphs are walked
 * breadth-first in parallel, from one object that is known in both, along edges whose kind and
 * name occur once at either side. Two nodes that are reached the same way are the same object. Of a
 * list of roots, what occurs once with its kind, class and size is taken for the same. Linear in
 * the nodes and edges that are reached.
 *
 * @typedef {InstanceType<typeof import('./snapshot_columns.js').SnapshotColumns>} SnapshotColumns
 * @typedef {{ label: string, walk: number[], v8: number[] }} EdgesOfLabel targets on either side
 */

const { groupName, withoutNumbering } = require('./groups.js');

/** Objects of WebAssembly: V8 passes over their words in an order of its own, which numbers them. */
const WASM = /^(?:system \/ Wasm|Instance$|Table$)/;

/** Node 0 of each snapshot. */
const ROOT = 0;

/** Labels of references that have numbers and no names. */
const NUMBERED = /^(?:hidden|internal) \d+$/;

class MatchedObjects {
  /**
   * @param {SnapshotColumns} walk
   * @param {SnapshotColumns} v8
   * @param {string} planted name of a global variable to start from
   * @param {number} limit most objects whose edges are followed
   */
  constructor(walk, v8, planted, limit) {
    this.walk = walk;
    this.v8 = v8;
    /** Nodes of V8's heap to those of the walk's, in the order in which they were reached.
     * @type {Map<number, number>} */
    this.pairs = new Map();
    /** @type {Map<number, number>} */
    this.inV8 = new Map();
    /** @type {Map<number, { from: number, label: string }>} */
    this.reached = new Map();
    /** Reached from two objects that are the same, over edges of one name, but not the same.
     * @type {{ from: number, label: string, v8: number }[]} */
    this.conflicts = [];
    /** Nodes of V8's heap whose edges were followed. @type {number[]} */
    this.visited = [];

    const [plantedInWalk, plantedInV8] = [walk, v8].map((heap) => holderOf(heap, planted));
    this.hasPlanted = plantedInWalk >= 0 && plantedInV8 >= 0;
    // The other half is for what the root alone leads to.
    if (this.hasPlanted) this.#matchFrom(plantedInV8, plantedInWalk, limit / 2);
    this.#matchFrom(ROOT, ROOT, limit);
  }

  /**
   * @param {number} v8
   * @param {number} walk
   * @param {number} limit
   */
  #matchFrom(v8, walk, limit) {
    const queue = this.#match(v8, walk, ROOT, '') ? [v8] : [];
    for (let at = 0; at < queue.length && this.visited.length < limit; at += 1) {
      const from = queue[at];
      this.visited.push(from);
      const edges = this.edgesOf(from);
      const areNumberedAlike = haveAsManyNumbered(edges);
      for (const { label, walk: ours, v8: theirs } of edges) {
        if (ours.length !== theirs.length || (!areNumberedAlike && NUMBERED.test(label))) continue;
        // Lists of roots come in V8's order; two of them may have one name.
        if (theirs.length > 1 && this.v8.kind(theirs[0]) !== 'synthetic') continue;
        for (const [i, target] of theirs.entries()) {
          if (this.#match(target, ours[i], from, label)) queue.push(target);
        }
      }
    }
  }

  /**
   * @param {number} v8
   * @param {number} walk
   * @param {number} from
   * @param {string} label
   * @returns {boolean} was it new?
   */
  #match(v8, walk, from, label) {
    const [known, knownBack] = [this.pairs.get(v8), this.inV8.get(walk)];
    if (known === walk) return false;
    if (known !== undefined || knownBack !== undefined) {
      this.conflicts.push({ from, label, v8 });
      return false;
    }
    this.pairs.set(v8, walk);
    this.inV8.set(walk, v8);
    this.reached.set(v8, { from, label });
    return true;
  }

  /**
   * The edges of a matched object on both sides.
   *
   * @param {number} v8
   * @returns {EdgesOfLabel[]}
   */
  edgesOf(v8) {
    /** @type {Map<string, EdgesOfLabel>} */
    const byLabel = new Map();
    const walk = this.pairs.get(v8) ?? ROOT;
    for (const [side, heap, node] of /** @type {const} */ ([
      ['walk', this.walk, walk],
      ['v8', this.v8, v8],
    ])) {
      for (let edge = heap.firstEdges[node]; edge < heap.firstEdges[node + 1]; edge += 1) {
        const label = labelOf(heap, node, edge);
        const known = byLabel.get(label) ?? { label, walk: [], v8: [] };
        known[side].push(heap.edgeTarget(edge));
        byLabel.set(label, known);
      }
    }
    return [...byLabel.values()];
  }

  /**
   * How an object was reached.
   *
   * @param {number} v8
   * @param {number} [steps] at most so many, the last ones
   */
  pathTo(v8, steps = 12) {
    /** @type {string[]} */
    const path = [];
    for (let at = v8; path.length < steps; ) {
      const step = this.reached.get(at);
      if (step === undefined || step.label === '') break;
      path.unshift(step.label);
      at = step.from;
    }
    return path.join(' > ');
  }
}

/**
 * The kind and name of an edge. Roots are numbered as they come, and few of them have names: what
 * they lead to tells more. So are hidden references of WebAssembly.
 *
 * @param {SnapshotColumns} heap
 * @param {number} from
 * @param {number} edge of it
 */
function labelOf(heap, from, edge) {
  const [kind, name, target] = [heap.edgeKind(edge), heap.edgeName(edge), heap.edgeTarget(edge)];
  if (heap.kind(from) === 'synthetic') {
    if (heap.kind(target) === 'synthetic') return `to ${heap.name(target)}`;
    const targetGroup = groupName(heap.kind(target), heap.name(target));
    return `${kind === 'weak' ? 'weak ' : ''}to ${targetGroup}, ${heap.selfSize(target)}`;
  }
  if (kind === 'hidden' && WASM.test(heap.name(from))) {
    return `hidden to ${groupName(heap.kind(target), heap.name(target))}, ${heap.selfSize(target)}`;
  }
  return `${kind} ${typeof name === 'string' ? withoutNumbering(name) : name}`;
}

/**
 * References without names have numbers in the order in which V8 passes them: where one side has more of
 * them, the same number means another reference.
 *
 * @param {EdgesOfLabel[]} edges of one object
 */
function haveAsManyNumbered(edges) {
  const numbered = edges.filter(({ label }) => NUMBERED.test(label));
  const count = (/** @type {'walk' | 'v8'} */ side) =>
    numbered.reduce((sum, edge) => sum + edge[side].length, 0);
  return count('walk') === count('v8');
}

/**
 * @param {SnapshotColumns} heap
 * @param {string} variable
 * @returns {number} the first node with a property of that name, -1 if there is none
 */
function holderOf(heap, variable) {
  for (let node = 0; node < heap.nodeCount; node += 1) {
    for (let edge = heap.firstEdges[node]; edge < heap.firstEdges[node + 1]; edge += 1) {
      if (heap.edgeKind(edge) === 'property' && heap.edgeName(edge) === variable) return node;
    }
  }
  return -1;
}

module.exports = { MatchedObjects };
