'use strict';

/**
 * Small heap snapshots as text, in the format that V8 writes.
 *
 * @typedef {{ kind?: string, name?: string, id?: number, size?: number, detached?: number }} NodeSpec
 * @typedef {{ from: number, kind?: string, name: string | number, to: number }} EdgeSpec
 */

const NODE_KINDS = ['hidden', 'array', 'string', 'object', 'code', 'closure', 'native', 'synthetic'];
const EDGE_KINDS = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

const META = {
  node_fields: ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness'],
  node_types: [NODE_KINDS, 'string', 'number', 'number', 'number', 'number', 'number'],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [EDGE_KINDS, 'string_or_number', 'node'],
  location_fields: ['object_index', 'script_id', 'line', 'column'],
};

/** A root that holds a `Shop` object, which holds a Map. */
/** @type {NodeSpec[]} */
const NODES = [
  { kind: 'synthetic', name: '', id: 1 },
  { kind: 'object', name: 'Shop', id: 3, size: 64 },
  { kind: 'object', name: 'Map', id: 5, size: 32 },
];
/** @type {EdgeSpec[]} */
const EDGES = [
  { from: 0, kind: 'element', name: 1, to: 1 },
  { from: 1, kind: 'property', name: 'receipts', to: 2 },
];

/**
 * The sections of a document, so that a test can spoil one.
 *
 * @param {{ nodes?: NodeSpec[], edges?: EdgeSpec[] }} [graph]
 */
function snapshotSections({ nodes = NODES, edges = EDGES } = {}) {
  /** @type {string[]} */
  const strings = [];
  const text = (/** @type {string} */ string) => {
    const known = strings.indexOf(string);
    return known >= 0 ? known : strings.push(string) - 1;
  };
  const fields = META.node_fields.length;
  return {
    snapshot: { meta: META, node_count: nodes.length, edge_count: edges.length },
    nodes: nodes.flatMap((node, i) => [
      NODE_KINDS.indexOf(node.kind ?? 'object'),
      text(node.name ?? ''),
      node.id ?? 2 * i + 1,
      node.size ?? 0,
      edges.filter(({ from }) => from === i).length,
      0,
      node.detached ?? 0,
    ]),
    edges: nodes.flatMap((_, i) =>
      edges
        .filter(({ from }) => from === i)
        .flatMap(({ kind = 'property', name, to }) => [
          EDGE_KINDS.indexOf(kind),
          typeof name === 'number' ? name : text(name),
          to * fields,
        ]),
    ),
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: /** @type {number[]} */ ([]),
    strings,
  };
}

/** @param {Parameters<typeof snapshotSections>[0]} [graph] */
function snapshotText(graph) {
  return JSON.stringify(snapshotSections(graph));
}

module.exports = { snapshotSections, snapshotText };
