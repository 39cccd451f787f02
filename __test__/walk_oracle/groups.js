'use strict';

/**
 * Names for what is counted together: nodes by kind and class, edges by kind and name. Two heaps
 * share one {@link Groups}, so that equal numbers mean equal names.
 *
 * Digits are folded to `#`: objects of a list and keys of a dictionary are one group. Contents of
 * strings, numbers, regular expressions and symbols are no names, since a walk does not read them.
 *
 * @typedef {InstanceType<typeof import('./snapshot_columns.js').SnapshotColumns>} SnapshotColumns
 */

/** Kinds whose names are values. */
const VALUES = new Set([
  'string', 'concatenated string', 'sliced string', 'number', 'regexp', 'symbol', 'bigint',
]);

/** What programs can see of the heap, with bytes that count as theirs. */
const VISIBLE = new Set([...VALUES, 'object', 'closure']);

const EPHEMERON = /^\d+ \/ part of key .* pair in WeakMap/s;

/** Node 20 has `handle`. */
const BUILTIN = /builtin (?:code|handle)\)$/;

/** Code without a name, as a walk has it: what leads from JavaScript into WebAssembly is called by the
 * function's types. */
const NAMELESS_CODE = /^\((?:code|(?:code|instruction stream) for js-to-wasm:.*)\)$/;

/** Longest part of a name that tells groups apart. */
const NAME_LENGTH = 120;

class Groups {
  /** @type {string[]} */
  names = [];
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /** @param {string} name */
  #numberOf(name) {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.names.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  /**
   * @param {SnapshotColumns} heap
   * @returns {Uint32Array} the group of each node
   */
  ofNodes(heap) {
    /** @type {Map<string, Map<number, number>>} */
    const known = new Map(heap.nodeKinds.map((kind) => [kind, new Map()]));
    return Uint32Array.from({ length: heap.nodeCount }, (_, node) => {
      const kind = heap.kind(node);
      return cached(/** @type {any} */ (known.get(kind)), heap.nameIndex(node), () =>
        this.#numberOf(groupName(kind, heap.name(node))),
      );
    });
  }

  /**
   * @param {SnapshotColumns} heap
   * @returns {Uint32Array} the group of each edge, without its ends
   */
  ofEdges(heap) {
    /** @type {Map<string, Map<number, number>>} */
    const known = new Map(heap.edgeKinds.map((kind) => [kind, new Map()]));
    return Uint32Array.from({ length: heap.edgeCount }, (_, edge) => {
      const kind = heap.edgeKind(edge);
      return cached(/** @type {any} */ (known.get(kind)), heap.edgeNameIndex(edge), () =>
        this.#numberOf(edgeGroupName(kind, heap.edgeName(edge))),
      );
    });
  }
}

/**
 * @param {Map<number, number>} known
 * @param {number} key
 * @param {() => number} make
 */
function cached(known, key, make) {
  let value = known.get(key);
  if (value === undefined) known.set(key, (value = make()));
  return value;
}

/**
 * @param {string} kind
 * @param {string} name
 */
function groupName(kind, name) {
  return VALUES.has(kind) ? kind : `${kind} ${folded(name)}`;
}

/**
 * @param {string} kind
 * @param {string | number} name
 */
function edgeGroupName(kind, name) {
  return typeof name === 'number' ? `${kind} #` : `${kind} ${folded(withoutNumbering(name))}`;
}

/**
 * V8 numbers some edges as it comes to them, `17 / name`, and writes object ids into the names of
 * those between keys and values of a WeakMap. Both may differ between a walk and V8.
 *
 * @param {string} name of an edge
 */
function withoutNumbering(name) {
  if (EPHEMERON.test(name)) return '# / part of key -> value pair in WeakMap';
  return name.replace(/^\d+ \/ /, '# / ');
}

/**
 * @param {string} name
 * @returns {string} without numbers, and without names of builtins and wrappers: they are in tables
 *   of V8 that a walk does not read
 */
function folded(name) {
  if (BUILTIN.test(name)) return '(builtin code)';
  if (NAMELESS_CODE.test(name)) return '';
  return name.slice(0, NAME_LENGTH).replace(/\d+/g, '#');
}

/** @param {string} group name of a group of nodes */
function isVisible(group) {
  const kind = [...VISIBLE].find((visible) => group === visible || group.startsWith(`${visible} `));
  return kind !== undefined && !group.startsWith('object system / ');
}

module.exports = { Groups, groupName, isVisible, withoutNumbering };
