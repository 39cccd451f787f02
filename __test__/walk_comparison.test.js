'use strict';

/** What the comparison of a walk with V8's snapshot says of files that differ in a known way. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { snapshotText } = require('./snapshot_text.js');
const { temporaryFolder } = require('./temporary_folder.js');
const { compareHeaps } = require('./walk_oracle/heap_comparison.js');

/**
 * @typedef {import('./snapshot_text.js').NodeSpec} NodeSpec
 * @typedef {import('./snapshot_text.js').EdgeSpec} EdgeSpec
 */

const [MAJOR] = process.versions.node.split('.').map(Number);

/** A root, the global object, and what its variable `planted` holds: a shop with two orders. */
const HEAP = {
  nodes: /** @type {NodeSpec[]} */ ([
    { kind: 'synthetic', name: '' },
    { name: 'global', size: 100 },
    { name: 'Object', size: 32 },
    { name: 'Shop', size: 4000 },
    { name: 'Order', size: 400 },
    { name: 'Order', size: 400 },
    { kind: 'string', name: 'the text', size: 24 },
  ]),
  edges: /** @type {EdgeSpec[]} */ ([
    { from: 0, kind: 'element', name: 1, to: 1 },
    { from: 1, name: 'planted', to: 2 },
    { from: 2, name: 'shop', to: 3 },
    { from: 3, kind: 'element', name: 0, to: 4 },
    { from: 3, kind: 'element', name: 1, to: 5 },
    { from: 5, name: 'text', to: 6 },
  ]),
};

/**
 * @param {{ after(fn: () => void): void }} t
 * @param {(heap: typeof HEAP) => void} change makes the walk's heap of V8's
 */
async function comparisonWith(t, change) {
  const folder = temporaryFolder(t);
  const walk = structuredClone(HEAP);
  change(walk);
  const files = [walk, HEAP].map((heap, i) => {
    const file = path.join(folder, `${i}.heapsnapshot`);
    fs.writeFileSync(file, snapshotText(heap));
    return file;
  });
  return compareHeaps(files[0], files[1], { major: MAJOR });
}

/**
 * @param {Awaited<ReturnType<typeof comparisonWith>>} comparison
 * @returns {string[]}
 */
function told({ unexplained }) {
  return unexplained
    .map(({ what, subject, walk, v8 }) => `${what}: ${subject}: ${walk} : ${v8}`)
    .sort();
}

test('equal heaps do not differ, whatever their ids, order and texts', async (t) => {
  const comparison = await comparisonWith(t, ({ nodes, edges }) => {
    nodes.forEach((node, i) => (node.id = 1000 + 2 * i));
    [nodes[3], nodes[6]] = [nodes[6], nodes[3]];
    nodes[3].name = '';
    for (const edge of edges) {
      edge.from = { 3: 6, 6: 3 }[edge.from] ?? edge.from;
      edge.to = { 3: 6, 6: 3 }[edge.to] ?? edge.to;
    }
  });
  assert.deepEqual(told(comparison), []);
  assert.deepEqual(comparison.explained, []);
  assert.equal(comparison.compared.objects, HEAP.nodes.length);
  assert.equal(comparison.compared.hasPlanted, true);
  assert.ok(comparison.compared.dominators >= 6);
  assert.equal(comparison.compared.paths, 5);
});

test('a missing edge is told with its ends', async (t) => {
  const comparison = await comparisonWith(t, ({ edges }) => {
    edges.splice(4, 1);
  });
  const lines = told(comparison);
  assert.ok(lines.includes('edges: object Shop -- element # --> object Order: 1 : 2'), lines.join('\n'));
  assert.ok(lines.includes('object edges: object Shop -- element # --> object Order: 0 : 1'));
  const found = comparison.unexplained.find(({ what }) => what === 'object edges');
  assert.equal(found?.example, 'property planted > property shop');
});

test('an edge that leads to another object of its class is told', async (t) => {
  const comparison = await comparisonWith(t, ({ nodes, edges }) => {
    nodes.push({ name: 'Order', size: 400 });
    edges[1].to = 2;
    edges.push({ from: 2, name: 'last', to: 7 });
    edges[4].to = 4;
  });
  const lines = told(comparison);
  const expected =
    'identities: object Shop -- element # --> object Order: another object : this';
  assert.ok(lines.includes(expected), lines.join('\n'));
});

test('sizes, classes and kinds of single objects are told', async (t) => {
  const lines = told(
    await comparisonWith(t, ({ nodes }) => {
      nodes[3].size = 3992;
      nodes[4].name = 'Purchase';
      nodes[6].kind = 'hidden';
    }),
  );
  assert.ok(lines.includes('object sizes: object Shop: 3992 : 4000'), lines.join('\n'));
  assert.ok(lines.includes('visible nodes: object Shop: 1 : 1'));
  assert.ok(lines.includes('visible nodes: object Purchase: 1 : 0'));
  assert.ok(lines.includes('classes: Order: 1 : 2'));
  const kinds = 'object kinds: object Order is object Purchase: object Purchase : object Order';
  assert.ok(lines.includes(kinds));
  assert.ok(lines.includes('internal nodes: hidden the text: 1 : 0'));
});

test('retained sizes and paths that differ are told', async (t) => {
  const comparison = await comparisonWith(t, ({ edges }) => {
    edges.push({ from: 0, kind: 'element', name: 2, to: 5 });
  });
  const all = [...comparison.unexplained, ...comparison.explained];
  const retained = all.filter(({ what }) => what === 'retained sizes');
  const shop = retained.find(({ subject }) => subject.startsWith('object Shop'));
  assert.deepEqual([shop?.walk, shop?.v8], [4400, 4824]);
  const paths = comparison.unexplained.filter(({ what }) => what === 'paths');
  assert.deepEqual(
    paths.map(({ subject }) => subject),
    ['object Order property planted > property shop > element 1'],
  );
});

test('a total that is off by more than half a per cent is told', async (t) => {
  const lines = told(
    await comparisonWith(t, ({ nodes }) => {
      nodes[3].size = 4030;
    }),
  );
  assert.ok(lines.includes('totals: bytes: 4986 : 4956'), lines.join('\n'));
});
