'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const zlib = require('node:zlib');

const heapwatch = require('..');
const { lineOf } = require('./source_line.js');
const { temporaryFolder } = require('./temporary_folder.js');

/** @typedef {import('..').HeapGraph} HeapGraph */

const FIXTURES = path.join(__dirname, '..', 'fixtures');
const MAJORS = [20, 22, 24, 26];
const MEMBERS = 100;

/** Where the program was when it was captured. */
const APP = '/tmp/app/app.js';

/**
 * The line and column, from 1, of a text that occurs once in the program.
 *
 * @param {string} text
 * @param {number} [offset] of the column from the start of the text
 */
function at(text, offset = 0) {
  const file = path.join(FIXTURES, 'app.js');
  const line = lineOf(file, text);
  const column = fs.readFileSync(file, 'utf8').split('\n')[line - 1].indexOf(text) + 1 + offset;
  return { url: APP, line, column };
}

for (const major of MAJORS) {
  test(`a snapshot of Node ${major} is read on any Node`, async (t) => {
    const file = path.join(temporaryFolder(t), `node-${major}.heapsnapshot`);
    const packed = fs.readFileSync(path.join(FIXTURES, `node-${major}.heapsnapshot.gz`));
    const text = zlib.gunzipSync(packed);
    fs.writeFileSync(file, text);
    const graph = await heapwatch.open(file);
    t.after(() => graph.close());

    await t.test('counts are those of the file', () => assertCounts(graph, JSON.parse(String(text))));
    await t.test('classes are found with the line of their constructor', () => {
      const found = (/** @type {string} */ wanted) =>
        graph.classes({ filter: wanted }).filter(({ name }) => name === wanted);
      const [shop, receipt] = [found('Shop'), found('Receipt')];
      assert.deepEqual([shop.length, receipt.length], [1, 1]);
      assert.deepEqual([shop[0].count, receipt[0].count], [1, MEMBERS]);
      assert.deepEqual(shop[0].location, at('constructor(name)', 'constructor'.length));
      assert.deepEqual(receipt[0].location, at('constructor(number)', 'constructor'.length));
    });
    await t.test('collections and closures are found with their lines', () => {
      const shop = findShop(graph);
      assertCollections(graph, shop.id);
      assertClosures(graph, shop.id);
    });
    await t.test('the path to the object goes over the global object', () => {
      const steps = graph.pathToRoot(findShop(graph).id) ?? [];
      assert.equal(steps[0].node.id, graph.rootId);
      const { node, edge } = steps[steps.length - 1];
      assert.equal(node.class, 'Shop');
      assert.ok(edge?.name === 'shop', JSON.stringify(edge));
    });
  });
}

/**
 * @param {HeapGraph} graph
 * @param {any} json
 */
function assertCounts(graph, { snapshot: { meta }, nodes, edges }) {
  const stride = meta.node_fields.length;
  const sizeAt = meta.node_fields.indexOf('self_size');
  let totalSize = 0;
  for (let i = sizeAt; i < nodes.length; i += stride) totalSize += nodes[i];
  assert.equal(graph.nodeCount, nodes.length / stride);
  assert.equal(graph.edgeCount, edges.length / meta.edge_fields.length);
  assert.equal(graph.totalSize, totalSize);
  assert.deepEqual(graph.captureInfo.warnings, []);
}

/** @param {HeapGraph} graph */
function findShop(graph) {
  let level = [graph.rootId];
  for (let depth = 0; depth < 4; depth++) {
    const edges = level.flatMap((id) => graph.edges(id, { limit: 5000 }) ?? []);
    const found = edges.find(({ node }) => node.class === 'Shop');
    if (found) return found.node;
    level = edges.filter(({ node }) => !node.name.startsWith('(')).map(({ node }) => node.id);
  }
  return assert.fail('no Shop below the global object');
}

/**
 * @param {HeapGraph} graph
 * @param {number} id
 * @param {string} name
 */
function target(graph, id, name) {
  const found = graph.edges(id, { limit: 10_000 })?.find((edge) => edge.name === name);
  assert.ok(found, `no edge ${name} from @${id}`);
  return found.node;
}

/**
 * @param {HeapGraph} graph
 * @param {number} shop
 */
function assertCollections(graph, shop) {
  const kinds = { receipts: 'Map', visitors: 'Set', notes: 'WeakMap' };
  for (const [property, kind] of Object.entries(kinds)) {
    const collection = target(graph, shop, property);
    assert.equal(collection.class, kind);
    const table = target(graph, collection.id, 'table');
    assert.ok(table.edgeCount >= MEMBERS, `${property}: ${table.edgeCount} edges`);
  }
  const receipts = target(graph, target(graph, shop, 'receipts').id, 'table');
  const held = (graph.edges(receipts.id, { limit: 10_000 }) ?? [])
    .filter(({ node }) => node.class === 'Receipt');
  assert.equal(held.length, MEMBERS);
  // What a WeakMap has for a receipt goes with the receipt.
  const [{ node: { id } }] = held;
  const isHeldByTable = graph.retainers(id)?.some(({ kind, retains, node }) =>
    node.id !== receipts.id && kind === 'weak' && !retains);
  assert.equal(isHeldByTable, true);
}

/**
 * @param {HeapGraph} graph
 * @param {number} shop
 */
function assertClosures(graph, shop) {
  const handlers = target(graph, target(graph, shop, 'handlers').id, 'elements');
  const functions = (graph.edges(handlers.id, { limit: 10_000 }) ?? [])
    .filter(({ node }) => node.kind === 'closure');
  assert.equal(functions.length, MEMBERS);
  for (const { node } of functions) {
    assert.equal(node.name, 'printReceipt');
    assert.deepEqual(node.location, at('function printReceipt()', 'function printReceipt'.length));
  }
  const events = target(graph, target(graph, shop, 'bus').id, '_events');
  const sold = target(graph, target(graph, events.id, 'sold').id, 'elements');
  const listeners = (graph.edges(sold.id, { limit: 10_000 }) ?? [])
    .filter(({ node }) => node.kind === 'closure');
  assert.equal(listeners.length, MEMBERS);
  assert.deepEqual(listeners[0].node.location, at('() => receipt.number + number'));
}
