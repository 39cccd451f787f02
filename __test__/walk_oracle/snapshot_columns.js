'use strict';

/**
 * A snapshot file as columns: its numbers and strings as they stand there, read without the code
 * under test. The file's bytes are scanned once; a file of 350 MB (5 million nodes) takes some
 * seconds and about three times its size in memory.
 */

const fs = require('node:fs');

const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const CLOSING_BRACKET = 0x5d;

/** Edges of these kinds have a number for a name. */
const NUMBERED = new Set(['element', 'hidden']);

class SnapshotColumns {
  /** @param {string} file */
  constructor(file) {
    const bytes = fs.readFileSync(file);
    const nodes = sectionStart(bytes, 'nodes', 0);
    const { snapshot } = JSON.parse(bytes.toString('utf8', 0, bytes.lastIndexOf(',', nodes)) + '}');
    const { meta, node_count, edge_count } = snapshot;
    const layout = {
      node: fieldsOf(meta.node_fields),
      edge: fieldsOf(meta.edge_fields),
      location: fieldsOf(meta.location_fields ?? []),
    };
    this.layout = layout;
    const nodeNumbers = numbersOf(bytes, nodes, node_count * layout.node.stride);
    this.nodes = nodeNumbers.values;
    const edges = sectionStart(bytes, 'edges', nodeNumbers.end);
    const edgeNumbers = numbersOf(bytes, edges, edge_count * layout.edge.stride);
    this.edges = edgeNumbers.values;
    const locations = sectionStart(bytes, 'locations', edgeNumbers.end);
    this.locations = numbersOf(bytes, locations, 0).values;
    const strings = sectionStart(bytes, 'strings', edgeNumbers.end) - 1;
    const stringsEnd = bytes.lastIndexOf(CLOSING_BRACKET) + 1;
    /** @type {string[]} */
    this.strings = JSON.parse(bytes.toString('utf8', strings, stringsEnd));
    this.nodeCount = this.nodes.length / layout.node.stride;
    this.edgeCount = this.edges.length / layout.edge.stride;
    /** @type {string[]} */
    this.nodeKinds = meta.node_types[layout.node.at.type];
    /** @type {string[]} */
    this.edgeKinds = meta.edge_types[layout.edge.at.type];
    this.firstEdges = this.#firstEdges();
  }

  /** The first edge of each node, and at the end the number of all. */
  #firstEdges() {
    const first = new Uint32Array(this.nodeCount + 1);
    const { at, stride } = this.layout.node;
    for (let node = 0; node < this.nodeCount; node += 1) {
      first[node + 1] = first[node] + this.nodes[node * stride + at.edge_count];
    }
    if (first[this.nodeCount] !== this.edgeCount) {
      throw new Error(`nodes claim ${first[this.nodeCount]} edges, there are ${this.edgeCount}`);
    }
    return first;
  }

  /**
   * @param {number} node
   * @param {string} field
   */
  #nodeField(node, field) {
    return this.nodes[node * this.layout.node.stride + this.layout.node.at[field]];
  }

  /** @param {number} node */
  kind(node) {
    return this.nodeKinds[this.#nodeField(node, 'type')];
  }

  /** @param {number} node */
  nameIndex(node) {
    return this.#nodeField(node, 'name');
  }

  /** @param {number} node */
  name(node) {
    return this.strings[this.nameIndex(node)];
  }

  /** @param {number} node */
  id(node) {
    return this.#nodeField(node, 'id');
  }

  /**
   * @param {number} node
   * @returns {number} bytes
   */
  selfSize(node) {
    return this.#nodeField(node, 'self_size');
  }

  /**
   * @param {number} edge
   * @param {string} field
   */
  #edgeField(edge, field) {
    return this.edges[edge * this.layout.edge.stride + this.layout.edge.at[field]];
  }

  /** @param {number} edge */
  edgeKind(edge) {
    return this.edgeKinds[this.#edgeField(edge, 'type')];
  }

  /** @param {number} edge */
  edgeNameIndex(edge) {
    return this.#edgeField(edge, 'name_or_index');
  }

  /**
   * @param {number} edge
   * @returns {string | number}
   */
  edgeName(edge) {
    const name = this.edgeNameIndex(edge);
    return NUMBERED.has(this.edgeKind(edge)) ? name : this.strings[name];
  }

  /**
   * @param {number} edge
   * @returns {number} a node
   */
  edgeTarget(edge) {
    return this.#edgeField(edge, 'to_node') / this.layout.node.stride;
  }

  /**
   * Where functions and classes of objects are written.
   *
   * @returns {Map<number, string>} node to `script:line:column`, 0-based
   */
  locationsOfNodes() {
    const { at, stride } = this.layout.location;
    /** @type {Map<number, string>} */
    const places = new Map();
    for (let i = 0; i < this.locations.length; i += stride) {
      const field = (/** @type {string} */ name) => this.locations[i + at[name]];
      const place = `${field('script_id')}:${field('line')}:${field('column')}`;
      places.set(field('object_index') / this.layout.node.stride, place);
    }
    return places;
  }
}

/**
 * @param {string[]} fields
 * @returns {{ at: Record<string, number>, stride: number }}
 */
function fieldsOf(fields) {
  return { at: Object.fromEntries(fields.map((name, i) => [name, i])), stride: fields.length };
}

/**
 * @param {Buffer} bytes
 * @param {string} name
 * @param {number} from
 * @returns {number} the position behind the opening bracket
 */
function sectionStart(bytes, name, from) {
  const text = `"${name}":[`;
  const at = bytes.indexOf(text, from);
  if (at < 0) throw new Error(`no ${text} behind byte ${from}`);
  return at + text.length;
}

/**
 * All numbers up to the closing bracket.
 *
 * @param {Buffer} bytes
 * @param {number} start behind the opening bracket
 * @param {number} expected how many there are, as far as known
 */
function numbersOf(bytes, start, expected) {
  let values = new Float64Array(expected);
  let [count, value, hasDigits, at] = [0, 0, false, start];
  for (; ; at += 1) {
    const byte = bytes[at];
    if (byte >= DIGIT_0 && byte <= DIGIT_9) {
      value = value * 10 + (byte - DIGIT_0);
      hasDigits = true;
    } else if (byte === COMMA || byte === CLOSING_BRACKET) {
      if (hasDigits) {
        if (count === values.length) values = twiceAsLong(values);
        values[count] = value;
        count += 1;
      }
      [value, hasDigits] = [0, false];
      if (byte === CLOSING_BRACKET) return { values: values.subarray(0, count), end: at + 1 };
    } else if (byte === undefined) {
      throw new Error(`the file ends in a section that starts at byte ${start}`);
    }
  }
}

/** @param {Float64Array<ArrayBuffer>} values */
function twiceAsLong(values) {
  const longer = new Float64Array(Math.max(1024, values.length * 2));
  longer.set(values);
  return longer;
}

module.exports = { SnapshotColumns };
