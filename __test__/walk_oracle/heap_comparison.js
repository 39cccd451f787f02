'use strict';

/**
 * What differs between two snapshots of one quiet process: one made by walking its heap, one by V8.
 *
 * 1. Nodes counted and summed by kind and class, edges counted by the groups of their ends.
 * 2. Objects that are the same on both sides (see matched_objects.js), with all that belongs to
 *    them: kind and class, size, location, edges by name.
 * 3. What heapwatch makes of the graphs: classes, the largest retained sizes, paths to objects.
 *
 * @typedef {InstanceType<typeof import('./snapshot_columns.js').SnapshotColumns>} Columns
 * @typedef {InstanceType<typeof import('./groups.js').Groups>} NodeGroups
 * @typedef {InstanceType<typeof import('./matched_objects.js').MatchedObjects>} Matched
 * @typedef {'totals' | 'visible nodes' | 'internal nodes' | 'edges' | 'object kinds'
 *   | 'object sizes' | 'object edges' | 'identities' | 'locations' | 'classes'
 *   | 'retained sizes' | 'unmatched dominators' | 'paths'} What
 * @typedef {{
 *   what: What,
 *   subject: string,
 *   walk: number | string,
 *   v8: number | string,
 *   bytes?: { walk: number, v8: number },
 *   weight: number,
 *   example?: string,
 * }} Difference `weight`: bytes, or how many there are, to sort by
 * @typedef {{ nodes: number, edges: number, bytes: number }} Totals
 * @typedef {{
 *   totals: { walk: Totals, v8: Totals },
 *   compared: { objects: number, dominators: number, paths: number, hasPlanted: boolean },
 *   explained: (Difference & { because: string })[],
 *   unexplained: Difference[],
 * }} Comparison the differences of greatest weight first
 */

const { explanationOf } = require('./explained_differences.js');
const { Groups, isVisible } = require('./groups.js');
const { MatchedObjects } = require('./matched_objects.js');
const { SnapshotColumns } = require('./snapshot_columns.js');
const heapwatch = require('../..');

/** Sums that differ by less than this part are equal: the process is quiet, but it is not frozen. */
const TOLERANCE = 0.005;

const DOMINATORS = 100;
const PATHS = 200;

/**
 * @param {string} walkFile
 * @param {string} v8File
 * @param {{ major: number, maxObjects?: number, planted?: string }} options `major` of the Node that
 *   wrote them; `maxObjects` are compared edge by edge; `planted`: the global variable to start from
 * @returns {Promise<Comparison>}
 */
async function compareHeaps(walkFile, v8File, { major, maxObjects = Infinity, planted = 'planted' }) {
  const walk = new SnapshotColumns(walkFile);
  const v8 = new SnapshotColumns(v8File);
  const matched = new MatchedObjects(walk, v8, planted, maxObjects);
  const totals = { walk: totalsOf(walk), v8: totalsOf(v8) };
  const analysed = await differencesOfAnalyses(walkFile, v8File, matched, planted);
  const differences = [
    ...differenceOfTotals({
      walk: totals.walk.bytes - bytesOfNode(walk),
      v8: totals.v8.bytes - bytesOfNode(v8),
    }),
    ...differencesOfGroups(walk, v8),
    ...differencesOfObjects(matched),
    ...analysed.differences,
  ].sort((a, b) => b.weight - a.weight);
  const judged = differences.map((difference) => ({
    difference,
    because: explanationOf(difference, major),
  }));
  return {
    totals,
    compared: { ...analysed.compared, objects: matched.visited.length, hasPlanted: matched.hasPlanted },
    explained: judged.flatMap(({ difference, because }) =>
      because === null ? [] : [{ ...difference, because }],
    ),
    unexplained: judged.flatMap(({ difference, because }) => (because === null ? [difference] : [])),
  };
}

/**
 * @param {Columns} heap
 * @returns {Totals}
 */
function totalsOf(heap) {
  let bytes = 0;
  for (let node = 0; node < heap.nodeCount; node += 1) bytes += heap.selfSize(node);
  return { nodes: heap.nodeCount, edges: heap.edgeCount, bytes };
}

/**
 * Bytes that Node tells V8 of its C++ objects; a walk has none.
 *
 * @param {Columns} heap
 */
function bytesOfNode(heap) {
  let bytes = 0;
  for (let node = 0; node < heap.nodeCount; node += 1) {
    if (heap.name(node).startsWith('Node / ')) bytes += heap.selfSize(node);
  }
  return bytes;
}

/**
 * @param {{ walk: number, v8: number }} bytes
 * @returns {Difference[]}
 */
function differenceOfTotals({ walk, v8 }) {
  if (areClose(walk, v8)) return [];
  const weight = Math.abs(walk - v8);
  return [{ what: 'totals', subject: 'bytes', walk, v8, weight }];
}

/**
 * @param {number} a
 * @param {number} b
 */
function areClose(a, b) {
  return Math.abs(a - b) <= TOLERANCE * Math.max(a, b);
}

/**
 * @param {Columns} walk
 * @param {Columns} v8
 * @returns {Difference[]}
 */
function differencesOfGroups(walk, v8) {
  const groups = new Groups();
  const nodes = { walk: groups.ofNodes(walk), v8: groups.ofNodes(v8) };
  const edges = { walk: groups.ofEdges(walk), v8: groups.ofEdges(v8) };
  return [
    ...differencesOfNodes(groups, { heap: walk, of: nodes.walk }, { heap: v8, of: nodes.v8 }),
    ...differencesOfEdges(
      groups,
      { heap: walk, nodes: nodes.walk, edges: edges.walk },
      { heap: v8, nodes: nodes.v8, edges: edges.v8 },
    ),
  ];
}

/**
 * @param {NodeGroups} groups
 * @param {{ heap: Columns, of: Uint32Array }} walk
 * @param {{ heap: Columns, of: Uint32Array }} v8
 * @returns {Difference[]}
 */
function differencesOfNodes({ names }, walk, v8) {
  const [ours, theirs] = [walk, v8].map(({ heap, of }) => {
    const sums = names.map(() => ({ count: 0, bytes: 0 }));
    of.forEach((group, node) => {
      sums[group].count += 1;
      sums[group].bytes += heap.selfSize(node);
    });
    return sums;
  });
  return names.flatMap((subject, group) => {
    const [our, their] = [ours[group], theirs[group]];
    const [counts, bytes] = [our.count - their.count, our.bytes - their.bytes];
    if (counts === 0 && bytes === 0) return [];
    return {
      what: isVisible(subject) ? 'visible nodes' : 'internal nodes',
      subject,
      walk: our.count,
      v8: their.count,
      bytes: { walk: our.bytes, v8: their.bytes },
      weight: Math.max(Math.abs(counts), Math.abs(bytes)),
    };
  });
}

/**
 * @typedef {{ heap: Columns, nodes: Uint32Array, edges: Uint32Array }} GroupedEdges
 *
 * @param {NodeGroups} groups
 * @param {GroupedEdges} walk
 * @param {GroupedEdges} v8
 * @returns {Difference[]}
 */
function differencesOfEdges({ names }, walk, v8) {
  const all = names.length;
  /** @param {GroupedEdges} side */
  const countsOf = ({ heap, nodes, edges }) => {
    /** @type {Map<number, number>} */
    const counts = new Map();
    nodes.forEach((source, node) => {
      for (let edge = heap.firstEdges[node]; edge < heap.firstEdges[node + 1]; edge += 1) {
        const key = (source * all + edges[edge]) * all + nodes[heap.edgeTarget(edge)];
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    });
    return counts;
  };
  const [ours, theirs] = [countsOf(walk), countsOf(v8)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const [our, their] = [ours.get(key) ?? 0, theirs.get(key) ?? 0];
    if (our === their) return [];
    const pair = Math.floor(key / all);
    const ends = [names[Math.floor(pair / all)], names[key % all]];
    const subject = `${ends[0]} -- ${names[pair % all]} --> ${ends[1]}`;
    return { what: 'edges', subject, walk: our, v8: their, weight: Math.abs(our - their) };
  });
}

/**
 * @param {Matched} matched
 * @returns {Difference[]} of one subject summed up, with an example
 */
function differencesOfObjects(matched) {
  /** @type {Map<string, Difference>} */
  const sums = new Map();
  /**
   * @param {What} what
   * @param {string} subject
   * @param {number | string} walk
   * @param {number | string} v8
   * @param {number} node of V8's heap
   */
  const tell = (what, subject, walk, v8, node) => {
    const key = `${what} ${subject}`;
    const known = sums.get(key);
    if (known === undefined) {
      const example = matched.pathTo(node);
      sums.set(key, { what, subject, walk, v8, weight: 1, example });
      return;
    }
    known.weight += 1;
    if (typeof known.walk === 'number') known.walk += Number(walk);
    if (typeof known.v8 === 'number') known.v8 += Number(v8);
  };
  const groups = new Groups();
  const named = { walk: groups.ofNodes(matched.walk), v8: groups.ofNodes(matched.v8) };
  const describe = {
    walk: (/** @type {number} */ node) => groups.names[named.walk[node]],
    v8: (/** @type {number} */ node) => groups.names[named.v8[node]],
  };
  const places = { walk: matched.walk.locationsOfNodes(), v8: matched.v8.locationsOfNodes() };
  for (const [theirs, ours] of matched.pairs) {
    const [our, their] = [describe.walk(ours), describe.v8(theirs)];
    if (our !== their) tell('object kinds', `${their} is ${our}`, our, their, theirs);
    const [ourSize, size] = [matched.walk.selfSize(ours), matched.v8.selfSize(theirs)];
    if (ourSize !== size) tell('object sizes', their, ourSize, size, theirs);
    const [ourPlace, place] = [places.walk.get(ours), places.v8.get(theirs)];
    if (ourPlace !== place) tell('locations', their, String(ourPlace), String(place), theirs);
  }
  for (const { from, label, v8 } of matched.conflicts) {
    const subject = `${describe.v8(from)} -- ${label.replace(/\d+/g, '#')} --> ${describe.v8(v8)}`;
    tell('identities', subject, 'another object', 'this', from);
  }
  for (const from of matched.visited) {
    for (const { label, walk, v8 } of matched.edgesOf(from)) {
      if (walk.length === v8.length) continue;
      const target = walk.length > v8.length ? describe.walk(walk[0]) : describe.v8(v8[0]);
      const subject = `${describe.v8(from)} -- ${label.replace(/\d+/g, '#')} --> ${target}`;
      tell('object edges', subject, walk.length, v8.length, from);
    }
  }
  return [...sums.values()];
}

/**
 * @param {string} walkFile
 * @param {string} v8File
 * @param {Matched} matched
 * @param {string} planted
 */
async function differencesOfAnalyses(walkFile, v8File, matched, planted) {
  const ours = await heapwatch.open(walkFile);
  const theirs = await heapwatch.open(v8File);
  try {
    const retained = await differencesOfRetainedSizes(ours, theirs, matched);
    const paths = differencesOfPaths(ours, theirs, matched, planted);
    return {
      differences: [
        ...differencesOfClasses(ours, theirs),
        ...retained.differences,
        ...paths.differences,
      ],
      compared: { dominators: retained.compared, paths: paths.compared },
    };
  } finally {
    ours.close();
    theirs.close();
  }
}

/**
 * @param {heapwatch.HeapGraph} ours
 * @param {heapwatch.HeapGraph} theirs
 * @returns {Difference[]}
 */
function differencesOfClasses(ours, theirs) {
  const [our, their] = [ours, theirs].map((graph) => {
    /** @type {Map<string, { count: number, bytes: number }>} */
    const sums = new Map();
    for (const { name, location, count, self } of graph.classes()) {
      const place = location ? ` (${location.url}:${location.line}:${location.column})` : '';
      const known = sums.get(name + place) ?? { count: 0, bytes: 0 };
      sums.set(name + place, { count: known.count + count, bytes: known.bytes + self });
    }
    return sums;
  });
  const none = { count: 0, bytes: 0 };
  return [...new Set([...our.keys(), ...their.keys()])].flatMap((subject) => {
    const [walk, v8] = [our.get(subject) ?? none, their.get(subject) ?? none];
    const weight = Math.max(Math.abs(walk.count - v8.count), Math.abs(walk.bytes - v8.bytes));
    if (weight === 0) return [];
    const bytes = { walk: walk.bytes, v8: v8.bytes };
    return { what: 'classes', subject, walk: walk.count, v8: v8.count, bytes, weight };
  });
}

/**
 * Of the objects that hold most.
 *
 * @param {heapwatch.HeapGraph} ours
 * @param {heapwatch.HeapGraph} theirs
 * @param {Matched} matched
 * @returns {Promise<{ differences: Difference[], compared: number }>}
 */
async function differencesOfRetainedSizes(ours, theirs, matched) {
  /** @type {Difference[]} */
  const differences = [];
  const nodes = nodesById(matched.v8);
  const { objects } = await theirs.find({ limit: DOMINATORS });
  for (const { id, kind, name, retained: v8 } of objects) {
    const node = nodes.get(id) ?? -1;
    const subject = `${kind} ${name.slice(0, 60)} ${matched.pathTo(node)}`;
    const pair = matched.pairs.get(node);
    const found = pair === undefined ? null : ours.node(matched.walk.id(pair));
    if (found === null) {
      const unmatched = /** @type {const} */ ('unmatched dominators');
      differences.push({ what: unmatched, subject, walk: 'not found', v8, weight: v8 });
    } else if (!areClose(found.retained, v8)) {
      const weight = Math.abs(found.retained - v8);
      differences.push({ what: 'retained sizes', subject, walk: found.retained, v8, weight });
    }
  }
  return { differences, compared: objects.length };
}

/** @param {Columns} heap */
function nodesById(heap) {
  /** @type {Map<number, number>} */
  const nodes = new Map();
  for (let node = 0; node < heap.nodeCount; node += 1) nodes.set(heap.id(node), node);
  return nodes;
}

/**
 * To what the planted variable holds, and to some other objects that are the same.
 *
 * @param {heapwatch.HeapGraph} ours
 * @param {heapwatch.HeapGraph} theirs
 * @param {Matched} matched
 * @param {string} planted
 * @returns {{ differences: Difference[], compared: number }}
 */
function differencesOfPaths(ours, theirs, matched, planted) {
  const objects = matched.visited.filter((node) => matched.v8.kind(node) === 'object');
  const step = Math.ceil(objects.length / PATHS);
  const isPlanted = (/** @type {number} */ node) => {
    const from = matched.reached.get(node)?.from ?? -1;
    return matched.reached.get(from)?.label === `property ${planted}`;
  };
  const chosen = objects.filter((node, i) => i % step === 0 || isPlanted(node));
  const differences = chosen.flatMap((node) => {
    const pair = /** @type {number} */ (matched.pairs.get(node));
    const [walk, v8] = [pathIn(ours, matched.walk.id(pair)), pathIn(theirs, matched.v8.id(node))];
    if (walk === v8) return [];
    const subject = `${matched.v8.kind(node)} ${matched.v8.name(node)} ${matched.pathTo(node)}`;
    return { what: /** @type {const} */ ('paths'), subject, walk, v8, weight: 1 };
  });
  return { differences, compared: chosen.length };
}

/**
 * Without the root's number of the first step.
 *
 * @param {heapwatch.HeapGraph} graph
 * @param {number} id
 */
function pathIn(graph, id) {
  const [, first, ...steps] = graph.pathToRoot(id) ?? [];
  return [first?.node.class, ...steps.map(({ node, edge }) => `${edge?.label} ${node.class}`)].join(' > ');
}

module.exports = { compareHeaps };
