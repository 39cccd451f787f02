'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');
const v8 = require('node:v8');

const heapwatch = require('..');
const { resultsOf } = require('./child_program.js');
const { snapshotText } = require('./snapshot_text.js');
const { temporaryFolder } = require('./temporary_folder.js');

const IS_WINDOWS = process.platform === 'win32';

/** @typedef {{ code: string, message: string, detail: Record<string, any> }} CodedError */

/**
 * A small graph, and where to save it.
 *
 * @param {{ after(fn: () => void): void }} t
 */
async function smallGraph(t) {
  const folder = temporaryFolder(t);
  const source = path.join(folder, 'source.heapsnapshot');
  fs.writeFileSync(source, snapshotText());
  const graph = await heapwatch.open(source);
  fs.rmSync(source);
  t.after(() => graph.close());
  return { folder, graph, file: path.join(folder, 'saved.heapsnapshot') };
}

/**
 * The error that saving must end with.
 *
 * @param {import('..').HeapGraph} graph
 * @param {any} file
 * @param {any} [options]
 * @returns {Promise<CodedError>}
 */
async function errorOfSaving(graph, file, options) {
  const error = await graph.save(file, options).then(
    () => assert.fail('saved'),
    (/** @type {unknown} */ reason) => reason,
  );
  assert.ok(error instanceof heapwatch.HeapwatchError, String(error));
  return /** @type {any} */ (error);
}

/**
 * What a snapshot says, without how it says it.
 *
 * @param {string} file
 */
function contentsOf(file) {
  const { snapshot, nodes, edges, locations, strings } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const { meta } = snapshot;
  const [nodeTypes] = meta.node_types;
  const [edgeTypes] = meta.edge_types;
  const stride = meta.node_fields.length;
  const at = (/** @type {string} */ field) => meta.node_fields.indexOf(field);
  const fields = ['id', 'self_size', 'edge_count', 'detachedness'].map(at);
  const records = (/** @type {number[]} */ numbers, /** @type {number} */ length) =>
    Array.from({ length: numbers.length / length }, (_, i) =>
      numbers.slice(i * length, (i + 1) * length),
    );
  const nameOf = (/** @type {string} */ type, /** @type {number} */ name) =>
    type === 'element' || type === 'hidden' ? name : strings[name];
  return {
    counts: [snapshot.node_count, snapshot.edge_count, snapshot.extra_native_bytes],
    nodes: records(nodes, stride).map((node) =>
      [nodeTypes[node[at('type')]], strings[node[at('name')]], ...fields.map((f) => node[f])].join('|'),
    ),
    edges: records(edges, 3).map(([type, name, to]) =>
      [edgeTypes[type], nameOf(edgeTypes[type], name), to / stride].join('|'),
    ),
    locations: records(locations, 4)
      .filter(([, , line, column]) => Math.max(line, column) < 2 ** 32 - 1)
      .map(([node, ...position]) => [node / stride, ...position])
      .sort(([a], [b]) => a - b)
      .join(' '),
  };
}

test('what V8 wrote is opened and saved without a difference', async (t) => {
  const folder = temporaryFolder(t);
  const [original, saved] = ['original', 'saved'].map((name) =>
    path.join(folder, `${name}.heapsnapshot`),
  );
  v8.writeHeapSnapshot(original);
  const graph = await heapwatch.open(original);
  await graph.save(saved);
  const again = await heapwatch.open(saved);
  t.after(() => [graph, again].forEach((one) => one.close()));

  await t.test('in the file', () => {
    const [expected, found] = [original, saved].map(contentsOf);
    for (const section of /** @type {(keyof typeof found)[]} */ (Object.keys(expected))) {
      // A diff of a hundred thousand records would take minutes to print.
      const isEqual = JSON.stringify(found[section]) === JSON.stringify(expected[section]);
      assert.ok(isEqual, section);
    }
    assert.ok(found.locations.length > 0);
  });
  await t.test('in counts, sizes and classes', () => {
    const { nodeCount, edgeCount, totalSize, rootId } = graph;
    assert.deepEqual(
      [again.nodeCount, again.edgeCount, again.totalSize, again.rootId],
      [nodeCount, edgeCount, totalSize, rootId],
    );
    assert.deepEqual(again.captureInfo.warnings, []);
    assert.deepEqual(again.classes(), graph.classes());
  });
});

test('a blanked file has the names of code and no values, with the same sizes', async (t) => {
  const file = path.join(temporaryFolder(t), 'blank.heapsnapshot');
  const unique = String(process.pid * 1009);
  const secret = (/** @type {string} */ where) => Buffer.from(`secret-${where}-${unique}`).toString();
  class NamedByCode {
    constructor() {
      this.propertyOfCode = secret('flat');
      this.joined = `${secret('joined')}${secret('joined again')}`;
      this.part = secret('a rather long part').slice(2);
      this.pattern = new RegExp(secret('pattern'));
      this.symbol = Symbol(secret('symbol'));
      this.map = new Map([[secret('key'), secret('value')]]);
      this.weak = new WeakMap([[this, secret('weak value')]]);
      this.weakByPattern = new WeakMap([[this.pattern, secret('weaker value')]]);
      this.variable = this.scope();
    }

    scope() {
      const variableOfCode = secret('variable');
      return function functionOfCode() {
        return variableOfCode;
      };
    }
  }
  const held = [new NamedByCode(), new NamedByCode()];
  const graph = await heapwatch.capture({ method: 'v8' });
  await graph.save(file);
  const withValues = fs.readFileSync(file, 'latin1');
  await graph.save(file, { strings: 'blank' });
  const blanked = fs.readFileSync(file, 'latin1');
  const again = await heapwatch.open(file);
  t.after(() => [graph, again].forEach((one) => one.close()));

  for (const where of ['flat', 'pattern', 'key', 'value', 'weak value', 'variable']) {
    assert.ok(withValues.includes(secret(where)), `no test of ${where}`);
  }
  // Not the secrets, nor a part of one, nor the source code that has the texts they are made of.
  assert.ok(!blanked.includes(unique));
  assert.ok(!blanked.includes('secret-'));
  assert.ok(!blanked.includes('a rather long'));
  for (const name of ['NamedByCode', 'propertyOfCode', 'functionOfCode', 'variableOfCode']) {
    assert.ok(blanked.includes(`"${name}"`), name);
  }
  assert.ok(blanked.includes(path.basename(__filename)));
  assert.deepEqual(again.classes(), graph.classes());
  assert.equal(again.classes({ filter: 'NamedByCode' })[0].count, held.length);
});

test('files are saved by path, relative path and URL, and replace what was there', async (t) => {
  const { folder, graph, file } = await smallGraph(t);
  for (const name of [file, path.relative(process.cwd(), file), pathToFileURL(file)]) {
    fs.writeFileSync(file, 'something else');
    await graph.save(name);
    const again = await heapwatch.open(file);
    assert.equal(again.nodeCount, graph.nodeCount);
    again.close();
  }
  assert.deepEqual(fs.readdirSync(folder), [path.basename(file)]);
});

test('only the owner can read a saved file', { skip: IS_WINDOWS }, async (t) => {
  const { graph, file } = await smallGraph(t);
  fs.writeFileSync(file, '', { mode: 0o666 });
  await graph.save(file);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
});

test('saving to a place that cannot be is told with path, step and number', async (t) => {
  const { folder, graph } = await smallGraph(t);
  const directory = path.join(folder, 'directory');
  fs.mkdirSync(directory);
  const places = [directory, path.join(folder, 'missing', 'a'), path.join(folder, 'x'.repeat(300))];
  if (!IS_WINDOWS) places.push('/dev/full');
  for (const file of places) {
    const { code, message, detail } = await errorOfSaving(graph, file);
    assert.equal(code, 'ERR_HEAPWATCH_CAPTURE', message);
    assert.equal(detail.path, file);
    assert.ok(message.includes(file), message);
    assert.ok(detail.step.length > 0);
    if (file !== '/dev/full') assert.ok(detail.errno > 0, message);
  }
  assert.deepEqual(fs.readdirSync(folder), ['directory']);
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('a folder that may not be written to is told', { skip: IS_WINDOWS || process.getuid?.() === 0 }, async (t) => {
  const { folder, graph, file } = await smallGraph(t);
  fs.chmodSync(folder, 0o500);
  t.after(() => fs.chmodSync(folder, 0o700));
  const { code, detail } = await errorOfSaving(graph, file);
  assert.deepEqual([code, detail.errno], ['ERR_HEAPWATCH_CAPTURE', 13]);
});

test('a disk that gets full leaves the old file and nothing else', { skip: IS_WINDOWS }, async (t) => {
  const folder = temporaryFolder(t);
  const [result] = await resultsOf('save_beyond_limit.js', { args: [folder] });
  assert.equal(result.code, 'ERR_HEAPWATCH_CAPTURE');
  assert.equal(result.detail.errno, 27);
  assert.equal(result.detail.step, 'write the file');
  assert.deepEqual(result.files, { 'saved.heapsnapshot': 'the old file' });
});

test('a signal ends saving and leaves nothing behind', async (t) => {
  const { folder, graph, file } = await smallGraph(t);
  fs.writeFileSync(file, 'the old file');
  const signal = AbortSignal.abort();
  assert.equal((await errorOfSaving(graph, file, { signal })).code, 'ERR_HEAPWATCH_CANCELLED');
  const controller = new AbortController();
  const saving = errorOfSaving(graph, file, { signal: controller.signal });
  controller.abort();
  // On a machine with nothing else to do the thread may have been faster.
  const outcome = await saving.catch(() => null);
  const text = fs.readFileSync(file, 'utf8');
  if (outcome === null) assert.ok(text.startsWith('{"snapshot"'));
  else assert.deepEqual([outcome.code, text], ['ERR_HEAPWATCH_CANCELLED', 'the old file']);
  assert.deepEqual(fs.readdirSync(folder), [path.basename(file)]);
});

test('progress names the sections in order', async (t) => {
  const { graph, file } = await smallGraph(t);
  /** @type {string[]} */
  const stages = [];
  await graph.save(file, { onProgress: ({ stage }) => stages.push(stage) });
  assert.deepEqual([...new Set(stages)], ['nodes', 'edges', 'strings']);
});

test('a graph can be closed while it is saved, not before', async (t) => {
  const { graph, file } = await smallGraph(t);
  const saving = graph.save(file);
  graph.close();
  await saving;
  (await heapwatch.open(file)).close();
  assert.equal((await errorOfSaving(graph, file)).code, 'ERR_HEAPWATCH_CLOSED');
});

test('the permission model is heeded', async (t) => {
  const folder = temporaryFolder(t);
  const source = path.join(folder, 'source.heapsnapshot');
  fs.writeFileSync(source, snapshotText());
  const [major] = process.versions.node.split('.').map(Number);
  const permission = major >= 22 ? '--permission' : '--experimental-permission';
  const [result] = await resultsOf('save_denied.js', {
    args: [source, path.join(folder, 'saved.heapsnapshot')],
    nodeArgs: [permission, '--allow-fs-read=*', '--allow-addons', '--no-warnings'],
  });
  assert.equal(result.code, 'ERR_HEAPWATCH_CAPTURE');
  assert.match(result.message, /--allow-fs-write/);
  assert.deepEqual(fs.readdirSync(folder), ['source.heapsnapshot']);
});

test('arguments of save are refused by name', async (t) => {
  const { folder, graph, file } = await smallGraph(t);
  /** @type {[any, any, string][]} */
  const wrong = [
    [undefined, {}, 'file'],
    ['', {}, 'file'],
    ['a\0b', {}, 'file'],
    [new URL('https://example.com/a'), {}, 'file'],
    [file, { strings: 'none' }, 'strings'],
    [file, { strings: true }, 'strings'],
    [file, { string: 'blank' }, 'string'],
    [file, { signal: {} }, 'signal'],
    [file, { onProgress: 1 }, 'onProgress'],
    [file, null, 'options'],
  ];
  for (const [target, options, option] of wrong) {
    const { code, detail } = await errorOfSaving(graph, target, options);
    assert.deepEqual([code, detail.option], ['ERR_HEAPWATCH_OPTION', option]);
  }
  assert.deepEqual(fs.readdirSync(folder), []);
});
