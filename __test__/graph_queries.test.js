'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const v8 = require('node:v8');

const { temporaryFolder } = require('./temporary_folder.js');
const heapwatch = require('..');

/** Classes and collections of which a capture of this process must tell. */
class PlantedStore {
  constructor() {
    this.byName = new Map();
    for (let i = 0; i < 100; i++) this.byName.set(`name ${i}`, { place: i });
    this.byNumber = new Map();
    for (let i = 0; i < 100; i++) this.byNumber.set(i, i);
    this.seen = new Set(Array.from({ length: 50 }, () => ({})));
    this.keys = Array.from({ length: 20 }, () => ({}));
    this.extra = new WeakMap(this.keys.map((key) => [key, {}]));
    this.marked = new WeakSet(this.keys);
    /** @type {Record<string, object>} */
    this.dictionary = {};
    for (let i = 0; i < 2000; i++) this.dictionary[`key ${i}`] = {};
    this.buffer = new ArrayBuffer(12_345);
    /** @type {string[]} */
    this.texts = [];
    for (let i = 0; i < 40; i++) this.texts.push(JSON.parse(`"planted text ${'z'.repeat(90)}"`));
  }
}

/** @type {PlantedStore} */
const planted = new PlantedStore();
class Held {}
const shared = new Held();
const [first, second] = [{ shared }, { shared }];

/** @param {heapwatch.HeapGraph} graph @param {string} name */
async function objectOf(graph, name) {
  const { objects } = await graph.find({ class: name, kind: 'object' });
  const instance = objects.find(({ location, name: own }) => location !== null && own === name);
  assert.ok(instance, `${name} in ${JSON.stringify(objects)}`);
  return instance;
}

test('questions to a capture of this process', async (t) => {
  const graph = await heapwatch.capture({ method: 'v8' });
  t.after(() => graph.close());
  const store = await objectOf(graph, 'PlantedStore');

  await t.test('collections have sizes where V8 shows them', async () => {
    const found = await graph.collections({ limit: 100_000 });
    const contents = Object.fromEntries(
      found
        .filter(({ name }) => name.startsWith('planted.') || name.startsWith('PlantedStore.'))
        .map(({ name, kind, size, capacity }) => [name.split('.')[1], [kind, size, capacity]]),
    );
    assert.deepEqual(contents.byName, ['map', 100, 128]);
    assert.deepEqual(contents.byNumber, ['map', null, 128]);
    assert.deepEqual(contents.seen, ['set', 50, 64]);
    assert.deepEqual(contents.extra.slice(0, 2), ['weak-map', 20]);
    assert.deepEqual(contents.marked.slice(0, 2), ['weak-set', 20]);
    assert.deepEqual(contents.keys.slice(0, 2), ['array', 20]);
    assert.deepEqual(contents.dictionary.slice(0, 2), ['dictionary', 2000]);
    assert.deepEqual(contents.buffer, ['array-buffer', 12_345, 12_345]);
  });
  await t.test('collections are sorted and limited', async () => {
    const found = await graph.collections({ sort: 'size', limit: 5, minSize: 2000 });
    const sizes = found.map(({ size }) => Number(size));
    assert.ok(sizes.length > 0 && sizes.length <= 5 && sizes.every((size) => size >= 2000));
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
  });
  await t.test('equal strings are one group', async () => {
    const { groups, wasted } = await graph.duplicates({ contentLength: 12, limit: 10_000 });
    const group = groups.find(({ content }) => content === 'planted text');
    assert.ok(group);
    assert.equal(group.count, 40);
    assert.equal(group.isWhole, true);
    assert.equal(group.ids.length, 3);
    assert.ok(group.wasted >= 39 * 100 && wasted >= group.wasted);
    const none = await graph.duplicates({ contentLength: 0, exampleLimit: 0, limit: 1 });
    assert.deepEqual([none.groups[0].content, none.groups[0].ids], ['', []]);
  });
  await t.test('what dominates much comes first', () => {
    const dominated = graph.dominated(store.id);
    assert.ok(dominated && dominated.length > 5);
    const sizes = dominated.map(({ retained }) => retained);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
    assert.deepEqual(graph.dominated(store.id, { offset: 1, limit: 2 }), dominated.slice(1, 3));
  });
  await t.test('objects are found where their class is written', async () => {
    const { location } = store;
    const { objects } = await graph.find({ location: `graph_queries.test.js:${location?.line}` });
    assert.ok(objects.some(({ id }) => id === store.id));
    const none = await graph.find({ class: 'PlantedStore', minRetained: 2 ** 50 });
    assert.deepEqual(none, { objects: [], count: 0 });
  });
  await t.test('slots of a Map have its keys as labels', () => {
    const follow = (/** @type {number} */ id, /** @type {string} */ label) => {
      const edge = graph.edges(id)?.find((edge) => edge.label === label);
      assert.ok(edge, label);
      return edge.node.id;
    };
    const table = follow(follow(store.id, '.byName'), '<table>');
    const value = follow(table, 'Map["name 7"]');
    const last = graph.pathToRoot(value)?.at(-1);
    assert.equal(last?.edge?.label, 'Map["name 7"]');
    assert.match(last?.access ?? '', /(planted|PlantedStore)\.byName\["name 7"\]$/);
  });
  await t.test('an object that two hold is held by the other', async () => {
    const held = await objectOf(graph, 'Held');
    const holders = graph.independentRetainers(held.id) ?? [];
    const [one, other] = holders.filter(({ label }) => label === '.shared');
    assert.ok(one && other && one.node.id !== other.node.id);
    const besides = graph.independentRetainers(held.id, { without: one.node.id }) ?? [];
    assert.equal(besides.length, holders.length - 1);
    assert.ok(besides.every(({ node }) => node.id !== one.node.id));
    const edge = { from: one.node.id, name: 'shared' };
    assert.deepEqual(graph.independentRetainers(held.id, { without: edge }), besides);
  });
  await t.test('objects that are not there are null', () => {
    assert.equal(graph.dominated(2 ** 32 - 1), null);
    assert.equal(graph.independentRetainers(2 ** 32 - 1), null);
  });
  await t.test('a signal ends a question', async () => {
    const signal = AbortSignal.abort();
    for (const ask of [
      graph.find({ signal }), graph.collections({ signal }), graph.duplicates({ signal }),
      graph.diff(graph, { signal }), graph.prepare({ signal }),
    ]) {
      await assert.rejects(ask, { code: 'ERR_HEAPWATCH_CANCELLED' });
    }
  });
  assert.equal(first.shared, second.shared);
});

test('a prepared graph tells its steps and answers as one that is not', async (t) => {
  const file = path.join(temporaryFolder(t), 'prepared.heapsnapshot');
  v8.writeHeapSnapshot(file);
  const [graph, prepared] = [await heapwatch.open(file), await heapwatch.open(file)];
  /** @type {any[]} */
  const steps = [];
  assert.equal(await prepared.prepare({ onProgress: (step) => steps.push(step) }), undefined);
  assert.ok(steps.every(({ stage }) => stage === 'paths') && steps.length > 0);
  const { id } = await objectOf(graph, 'PlantedStore');
  for (const ask of /** @type {const} */ (['node', 'retainers', 'pathToRoot', 'dominated'])) {
    assert.deepEqual(prepared[ask](id), graph[ask](id), ask);
  }
  assert.equal(prepared.distance(id), graph.distance(id));
  graph.close();
  prepared.close();
});

test('a diff tells what was added between two captures of this process', async () => {
  class Grown {}
  const before = await heapwatch.capture({ method: 'v8' });
  const grown = Array.from({ length: 30 }, () => new Grown());
  for (let i = 0; i < 60; i++) planted.byName.set(`more ${i}`, grown);
  const after = await heapwatch.capture({ method: 'v8' });
  /** @type {string[]} */
  const stages = [];
  const onProgress = (/** @type {any} */ { stage }) => stages.push(stage);
  const diff = await after.diff(before, { onProgress });
  assert.equal(diff.method, 'object-ids');
  const added = diff.classes.find(({ name, location }) => name === 'Grown' && location !== null);
  assert.deepEqual([added?.added, added?.removed], [30, 0]);
  const entries = diff.collections.find(({ name }) => name.endsWith('.byName'));
  assert.deepEqual([entries?.before, entries?.after, entries?.delta], [100, 160, 60]);
  assert.ok(stages.includes('classes') && stages.includes('objects'));
  before.close();
  await assert.rejects(after.diff(before), { code: 'ERR_HEAPWATCH_CLOSED' });
  after.close();
});

test('questions refuse unknown options, wrong values and closed graphs', async () => {
  const graph = await heapwatch.capture({ method: 'v8' });
  /** @type {[string, any[], string][]} */
  const wrong = [
    ['find', [{ className: 'A' }], 'className'],
    ['find', [{ kind: 'thing' }], 'kind'],
    ['find', [{ minRetained: -1 }], 'minRetained'],
    ['collections', [{ sort: 'name' }], 'sort'],
    ['collections', [{ limit: 1.5 }], 'limit'],
    ['duplicates', [{ contentLength: -1 }], 'contentLength'],
    ['duplicates', [{ signal: 1 }], 'signal'],
    ['prepare', [{ limit: 1 }], 'limit'],
    ['diff', [undefined], 'older'],
    ['diff', [{}], 'older'],
    ['diff', [graph, { limit: '1' }], 'limit'],
    ['dominated', [1, { limit: -1 }], 'limit'],
    ['dominated', ['1'], 'id'],
    ['independentRetainers', [1, { without: 'a' }], 'without'],
    ['independentRetainers', [1, { without: { from: 1 } }], 'without'],
  ];
  const call = async (/** @type {string} */ name, /** @type {any[]} */ args) =>
    /** @type {any} */ (graph)[name](...args);
  for (const [name, args, option] of wrong) {
    await assert.rejects(call(name, args), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION', `${name}: ${error.message}`);
      assert.equal(error.detail.option, option, name);
      return true;
    });
  }
  graph.close();
  for (const name of ['prepare', 'find', 'collections', 'duplicates']) {
    await assert.rejects(call(name, []), { code: 'ERR_HEAPWATCH_CLOSED' }, name);
  }
  for (const name of ['dominated', 'independentRetainers']) {
    await assert.rejects(call(name, [1]), { code: 'ERR_HEAPWATCH_CLOSED' }, name);
  }
  await assert.rejects(call('diff', [graph]), { code: 'ERR_HEAPWATCH_CLOSED' });
});
