'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const heapwatch = require('..');
const { PlantedShop } = require('./planted_shop.js');
const { snapshotText } = require('./snapshot_text.js');
const { lineOf } = require('./source_line.js');
const { temporaryFolder } = require('./temporary_folder.js');

/** @typedef {import('..').HeapGraph} HeapGraph */

const SHOP_FILE = path.join(__dirname, 'planted_shop.js');
const RECEIPTS = 300;

/**
 * The target of an edge with this name.
 *
 * @param {HeapGraph} graph
 * @param {number} id
 * @param {string | number} name
 */
function target(graph, id, name) {
  const edge = graph.edges(id)?.find((candidate) => candidate.name === name);
  assert.ok(edge, `no edge ${name} from @${id}`);
  return edge.node;
}

/**
 * The global object: one or two steps from the root, depending on the Node.
 *
 * @param {HeapGraph} graph
 * @param {string} property that it must have
 */
function globalProperty(graph, property) {
  let level = [graph.rootId];
  for (let depth = 0; depth < 4; depth++) {
    const edges = level.flatMap((id) => graph.edges(id, { limit: 5000 }) ?? []);
    const found = edges.find(({ kind, name }) => kind === 'property' && name === property);
    if (found) return found.node;
    level = edges.filter(({ node }) => !node.name.startsWith('(')).map(({ node }) => node.id);
  }
  return assert.fail(`no global ${property}`);
}

test('objects of this process are found in its capture', async (t) => {
  /** @type {any} */ (globalThis).plantedShop = new PlantedShop(RECEIPTS);
  t.after(() => delete (/** @type {any} */ (globalThis).plantedShop));
  const graph = await heapwatch.capture({ method: 'v8' });
  t.after(() => graph.close());
  const shop = globalProperty(graph, 'plantedShop');

  await t.test('node tells class, sizes and where the class is written', () => {
    const { id, kind, name, retained, self, location, detached } = shop;
    assert.deepEqual({ kind, name, detached }, { kind: 'object', name: 'PlantedShop', detached: false });
    assert.ok(self > 0 && retained > self + RECEIPTS * self / 2);
    assert.deepEqual(graph.node(id), shop);
    const line = lineOf(SHOP_FILE, 'constructor(size)');
    assert.deepEqual(location, { url: SHOP_FILE, line, column: 14 });
  });

  await t.test('edges lead from the object to what it holds', () => {
    const receipts = target(graph, shop.id, 'receipts');
    assert.equal(receipts.class, 'Map');
    const table = target(graph, receipts.id, 'table');
    const entries = graph.edges(table.id, { limit: 10_000 }) ?? [];
    const held = entries.filter(({ node }) => node.class === 'PlantedReceipt');
    assert.equal(held.length, RECEIPTS);
    for (const edge of held) {
      assert.equal(edge.retains, true);
      assert.equal(graph.dominator(edge.node.id)?.id, table.id);
    }
    assert.equal(graph.dominator(table.id)?.id, receipts.id);
  });

  await t.test('pathToRoot goes from the root to the object, edge by edge', () => {
    const receipts = target(graph, shop.id, 'receipts');
    const steps = graph.pathToRoot(receipts.id) ?? [];
    assert.equal(steps[0].node.id, graph.rootId);
    assert.equal(steps[0].edge, null);
    assert.equal(steps.at(-1)?.node.id, receipts.id);
    assert.deepEqual(steps.at(-2)?.node.id, shop.id);
    for (const [i, { node, edge }] of steps.entries()) {
      if (edge === null) continue;
      const from = graph.edges(steps[i - 1].node.id, { limit: 100_000 }) ?? [];
      const isThere = from.some(
        (other) => other.node.id === node.id && other.kind === edge.kind && other.name === edge.name,
      );
      assert.ok(isThere, `no edge ${edge.name} to @${node.id}`);
    }
  });

  await t.test('retainers are the edges, seen from their other end', () => {
    const receipts = target(graph, shop.id, 'receipts');
    const retainers = graph.retainers(receipts.id) ?? [];
    const fromShop = retainers.filter(({ node, name }) => node.id === shop.id && name === 'receipts');
    assert.equal(fromShop.length, 1);
  });

  await t.test('classes counts instances and knows where a class is written', () => {
    const [found, ...others] = graph.classes({ filter: 'PlantedReceipt' })
      .filter(({ name }) => name === 'PlantedReceipt');
    assert.deepEqual(others, []);
    assert.equal(found.count, RECEIPTS);
    assert.ok(found.self > 0 && found.retained >= found.self);
    const line = lineOf(SHOP_FILE, 'constructor(number)');
    assert.deepEqual(found.location, { url: SHOP_FILE, line, column: 14 });
  });

  await t.test('classes of a source position have it in their key, others only their name', () => {
    const all = graph.classes();
    const [found] = all.filter(({ name }) => name === 'PlantedReceipt');
    const line = lineOf(SHOP_FILE, 'constructor(number)');
    assert.match(found.key, new RegExp(`^\\d+,${line - 1},13,PlantedReceipt$`));
    const strings = all.filter(({ key }) => key === ',(string)');
    assert.deepEqual(strings.map(({ name }) => name), ['(string)']);
  });

  await t.test('distance counts references from the global objects', () => {
    assert.equal(graph.distance(999_999_999), null);
    assert.equal(graph.distance(graph.rootId), 100_000_000);
    const distance = /** @type {number} */ (graph.distance(shop.id));
    assert.ok(distance > 1 && distance < 100, `${distance}`);
    const receipts = target(graph, shop.id, 'receipts');
    assert.equal(graph.distance(receipts.id), distance + 1);
  });

  await t.test('classes sorts, limits and filters', () => {
    for (const sort of /** @type {const} */ (['retained', 'self', 'count'])) {
      const sizes = graph.classes({ sort }).map((line) => line[sort]);
      assert.ok(sizes.length > 20);
      assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a), sort);
    }
    const all = graph.classes();
    assert.deepEqual(all, graph.classes({ sort: 'retained' }));
    assert.deepEqual(graph.classes({ limit: 5 }), all.slice(0, 5));
    assert.deepEqual(graph.classes({ limit: 0 }), []);
    const filtered = graph.classes({ filter: 'Planted' });
    assert.deepEqual(filtered, all.filter(({ name }) => name.includes('Planted')));
    assert.deepEqual(graph.classes({ filter: 'no such class at all' }), []);
  });

  await t.test('every object that has bytes is of one class', () => {
    const sum = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => a + b, 0);
    const counted = sum(graph.classes().map(({ count }) => count));
    assert.ok(counted > graph.nodeCount / 2 && counted < graph.nodeCount, `${counted}`);
    assert.equal(sum(graph.classes().map(({ self }) => self)), graph.totalSize);
  });
});

/**
 * Ten objects in an array that a `Shop` holds; the first of them twice.
 *
 * @param {{ after(fn: () => void): void }} t
 */
async function smallGraph(t) {
  const members = Array.from({ length: 10 }, (_, i) => ({ name: 'Order', id: 100 + i, size: 16 }));
  const text = snapshotText({
    nodes: [
      { kind: 'synthetic', name: '', id: 1 },
      { name: 'Shop', id: 3, size: 50 },
      { name: 'Array', id: 5, size: 30 },
      ...members,
      { name: 'Cache', id: 7, size: 20, detached: 2 },
      { name: 'Unreachable', id: 9, size: 5 },
    ],
    edges: [
      { from: 0, kind: 'element', name: 1, to: 1 },
      { from: 0, kind: 'element', name: 2, to: 13 },
      { from: 1, name: 'orders', to: 2 },
      ...members.map((_, i) => ({ from: 2, kind: 'element', name: i, to: 3 + i })),
      { from: 13, name: 'latest', to: 3 },
      { from: 13, kind: 'weak', name: 'weakly', to: 4 },
    ],
  });
  const file = path.join(temporaryFolder(t), 'small.heapsnapshot');
  fs.writeFileSync(file, text);
  const graph = await heapwatch.open(file);
  t.after(() => graph.close());
  return graph;
}

test('a small graph answers exactly', async (t) => {
  const graph = await smallGraph(t);
  assert.deepEqual([graph.nodeCount, graph.edgeCount, graph.totalSize], [15, 15, 265]);
  assert.equal(graph.rootId, 1);
  assert.deepEqual(graph.node(3), {
    id: 3, kind: 'object', name: 'Shop', class: 'Shop', self: 50, edgeCount: 1,
    // The array and all orders but the one that the cache has, too.
    retained: 50 + 30 + 9 * 16, detached: false, location: null,
  });
  assert.equal(graph.node(7)?.detached, true);
  assert.equal(graph.dominator(101)?.id, 5);
  assert.equal(graph.dominator(100)?.id, 1);
  const ids = (graph.retainers(100) ?? []).map(({ node, kind, name }) => [node.id, kind, name]);
  assert.deepEqual(ids, [[5, 'element', 0], [7, 'property', 'latest']]);
  const weak = (graph.edges(7) ?? []).map(({ name, retains }) => [name, retains]);
  assert.deepEqual(weak, [['latest', true], ['weakly', false]]);
  const steps = (graph.pathToRoot(103) ?? []).map(({ node, edge }) => [node.id, edge?.name ?? null]);
  assert.deepEqual(steps, [[1, null], [3, 1], [5, 'orders'], [103, 3]]);
  assert.deepEqual((graph.pathToRoot(1) ?? []).map(({ node }) => node.id), [1]);
});

test('the path to what nothing holds is the object alone', async (t) => {
  const graph = await smallGraph(t);
  assert.equal(graph.node(9)?.name, 'Unreachable');
  assert.deepEqual(graph.retainers(9), []);
  const [step, ...rest] = graph.pathToRoot(9) ?? [];
  assert.deepEqual([step.node, step.edge, rest], [graph.node(9), null, []]);
});

test('edges and retainers come in pages', async (t) => {
  const graph = await smallGraph(t);
  const ids = (/** @type {any} */ page) => graph.edges(5, page)?.map(({ node }) => node.id);
  assert.deepEqual(ids({ limit: 3 }), [100, 101, 102]);
  assert.deepEqual(ids({ offset: 8 }), [108, 109]);
  assert.deepEqual(ids({ offset: 2, limit: 2 }), [102, 103]);
  assert.deepEqual(ids({ offset: 10 }), []);
  assert.deepEqual(ids({ offset: 2 ** 32 - 1, limit: 2 ** 32 - 1 }), []);
  assert.deepEqual(ids({ limit: 0 }), []);
  const [, second] = graph.retainers(100) ?? [];
  assert.deepEqual(graph.retainers(100, { offset: 1 }), [second]);
});

test('an id that is not in the graph gives null', async (t) => {
  const graph = await smallGraph(t);
  for (const id of [0, 2, 99_999, 2 ** 32 - 1]) {
    assert.equal(graph.node(id), null);
    assert.equal(graph.edges(id), null);
    assert.equal(graph.retainers(id), null);
    assert.equal(graph.pathToRoot(id), null);
    assert.equal(graph.dominator(id), null);
    assert.equal(graph.distance(id), null);
  }
});

test('arguments of a wrong type are refused by name', async (t) => {
  const graph = /** @type {any} */ (await smallGraph(t));
  const wrongIds = [undefined, null, '3', 1.5, -1, NaN, Infinity, 2 ** 32, 3n, {}, [3]];
  for (const method of ['node', 'edges', 'retainers', 'pathToRoot', 'dominator', 'distance']) {
    for (const id of wrongIds) refuses(() => graph[method](id), 'id');
  }
  for (const method of ['edges', 'retainers']) {
    refuses(() => graph[method](3, { ofset: 1 }), 'ofset');
    refuses(() => graph[method](3, { offset: -1 }), 'offset');
    refuses(() => graph[method](3, { limit: '10' }), 'limit');
    refuses(() => graph[method](3, 10), 'options');
  }
  refuses(() => graph.classes({ sort: 'size' }), 'sort');
  refuses(() => graph.classes({ limit: 1.5 }), 'limit');
  refuses(() => graph.classes({ filter: /Shop/ }), 'filter');
  refuses(() => graph.classes({ order: 'self' }), 'order');
  refuses(() => graph.classes('self'), 'options');
});

/**
 * @param {() => unknown} call
 * @param {string} option
 */
function refuses(call, option) {
  assert.throws(call, (/** @type {any} */ error) => {
    assert.equal(error.code, 'ERR_HEAPWATCH_OPTION', error.stack);
    assert.equal(error.detail.option, option);
    assert.ok(error.message.includes(`'${option}'`), error.message);
    return true;
  });
}

test('a graph that was closed refuses everything but to be closed again', async (t) => {
  const graph = await smallGraph(t);
  const counts = [graph.nodeCount, graph.edgeCount, graph.totalSize];
  graph.close();
  graph.close();
  const closed = { code: 'ERR_HEAPWATCH_CLOSED', name: 'HeapwatchError' };
  assert.throws(() => graph.classes(), closed);
  assert.throws(() => graph.node(1), closed);
  assert.throws(() => graph.edges(1), closed);
  assert.throws(() => graph.retainers(1), closed);
  assert.throws(() => graph.pathToRoot(1), closed);
  assert.throws(() => graph.dominator(1), closed);
  assert.throws(() => graph.rootId, closed);
  await assert.rejects(heapwatch.diagnose([graph, graph]), closed);
  // What was known before needs no graph.
  assert.deepEqual([graph.nodeCount, graph.edgeCount, graph.totalSize], counts);
  assert.equal(graph.captureInfo.method, 'file');
});

test('captureInfo is frozen', async (t) => {
  const graph = await smallGraph(t);
  assert.ok(Object.isFrozen(graph.captureInfo));
});

test('a graph that is no longer held gives its memory back', async (t) => {
  const file = path.join(temporaryFolder(t), 'own.heapsnapshot');
  require('node:v8').writeHeapSnapshot(file);
  const { setImmediate: turn } = require('node:timers/promises');
  /** @type {WeakRef<object>[]} */
  const graphs = [];
  for (let i = 0; i < 3; i++) graphs.push(new WeakRef(await heapwatch.open(file)));
  for (let i = 0; i < 10 && graphs.some((graph) => graph.deref()); i++) {
    await turn();
    heapwatch.gc();
  }
  assert.deepEqual(graphs.map((graph) => graph.deref()), [undefined, undefined, undefined]);
});
