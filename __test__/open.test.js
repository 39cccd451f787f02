'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { pathToFileURL } = require('node:url');

const heapwatch = require('..');
const { resultsOf } = require('./child_program.js');
const { snapshotSections, snapshotText } = require('./snapshot_text.js');
const { temporaryFolder } = require('./temporary_folder.js');

/** @typedef {ReturnType<typeof snapshotSections>} Sections */
/** @typedef {{ code: string, message: string, detail: Record<string, any> }} CodedError */

const IS_WINDOWS = process.platform === 'win32';

/**
 * @param {{ after(fn: () => void): void }} t
 * @param {string | Buffer} content
 */
function fileWith(t, content) {
  const file = path.join(temporaryFolder(t), 'some.heapsnapshot');
  fs.writeFileSync(file, content);
  return file;
}

/**
 * The error that opening must end with.
 *
 * @param {any} file
 * @param {any} [options]
 * @returns {Promise<CodedError>}
 */
async function errorOfOpening(file, options) {
  const error = await heapwatch.open(file, options).then(
    (graph) => assert.fail(`opened, ${graph.nodeCount} nodes`),
    (reason) => reason,
  );
  assert.ok(error instanceof heapwatch.HeapwatchError, String(error));
  assert.ok(error.message.length > 0);
  return /** @type {any} */ (error);
}

/**
 * A snapshot of which one thing is wrong.
 *
 * @param {(sections: any) => void} spoil
 */
function spoilt(spoil) {
  const sections = snapshotSections();
  spoil(sections);
  return JSON.stringify(sections);
}

/**
 * A number that JSON.stringify would write in another way.
 *
 * @param {string} digits
 */
function withSizeOf(digits) {
  const text = spoilt(({ nodes }) => (nodes[10] = 'SIZE'));
  return text.replace('"SIZE"', digits);
}

test('a small snapshot opens, by path, relative path and URL', async (t) => {
  const file = fileWith(t, snapshotText());
  for (const name of [file, path.relative(process.cwd(), file), pathToFileURL(file)]) {
    const graph = await heapwatch.open(name);
    const { nodeCount, edgeCount, totalSize } = graph;
    assert.deepEqual({ nodeCount, edgeCount, totalSize }, { nodeCount: 3, edgeCount: 2, totalSize: 96 });
    assert.equal(graph.captureInfo.method, 'file');
    graph.close();
  }
});

test('a missing file and a directory are told with their path', async (t) => {
  const folder = temporaryFolder(t);
  const missing = path.join(folder, 'missing.heapsnapshot');
  for (const file of [missing, folder]) {
    const { code, message, detail } = await errorOfOpening(file);
    assert.equal(code, 'ERR_HEAPWATCH_CAPTURE');
    assert.equal(detail.path, file);
    assert.ok(message.includes(file), message);
  }
  const { detail } = await errorOfOpening(missing);
  assert.equal(detail.errno, 2);
});

test('what is no snapshot at all is told as that', async (t) => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  const contents = ['', ' \n\t', png, 'null', '12', '"text"', '[]', '[1,2]', '{}', '{"a":1}',
    '{"nodes":[]}', '{"snapshot":5}', '{"snapshot":{}}', '\0\0\0\0', '<html>', '\ufeff'];
  for (const content of contents) {
    const { code } = await errorOfOpening(fileWith(t, content));
    assert.equal(code, 'ERR_HEAPWATCH_NOT_A_SNAPSHOT', JSON.stringify(content));
  }
});

test('devices are read like files', { skip: IS_WINDOWS }, async () => {
  for (const file of ['/dev/null', '/dev/zero']) {
    assert.equal((await errorOfOpening(file)).code, 'ERR_HEAPWATCH_NOT_A_SNAPSHOT', file);
  }
});

test('a snapshot that is cut at any byte is told as that, with the section and its length', async (t) => {
  const text = snapshotText();
  const sectionAt = (/** @type {number} */ length) => {
    for (const section of ['strings', 'locations', 'edges', 'nodes', 'snapshot']) {
      const key = `"${section}":`;
      const start = text.indexOf(key) + key.length;
      if (length > start && length < endOf(text, start)) return section;
    }
    return null;
  };
  const file = fileWith(t, '');
  const sections = new Set();
  // The first bytes could be the start of any JSON.
  for (let length = '{"snapshot":'.length + 1; length < text.length; length++) {
    fs.writeFileSync(file, text.slice(0, length));
    const { code, detail } = await errorOfOpening(file);
    assert.equal(code, 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED', text.slice(0, length));
    assert.equal(detail.offset, length);
    const section = sectionAt(length);
    if (section !== null) assert.equal(detail.section, section, text.slice(0, length));
    sections.add(detail.section);
  }
  for (const section of ['snapshot', 'nodes', 'edges', 'locations', 'strings']) {
    assert.ok(sections.has(section), section);
  }
});

/**
 * Where the value ends that starts at `start`.
 *
 * @param {string} text
 * @param {number} start
 */
function endOf(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if ('[{'.includes(text[at])) depth++;
    if (']}'.includes(text[at]) && --depth === 0) return at + 1;
  }
  return text.length;
}

test('an error in a section is told with the section and the byte', async (t) => {
  /** @type {[string, string, string, string][]} name, text, section, what is at the byte */
  const cases = [
    ['10^18 as a size', withSizeOf('1000000000000000000'), 'nodes', '1000000000000000000'],
    ['10^30 as a size', withSizeOf(`1${'0'.repeat(30)}`), 'nodes', `1${'0'.repeat(30)}`],
    ['a negative size', withSizeOf('-7'), 'nodes', '-7'],
    ['a fraction as a size', withSizeOf('1.5'), 'nodes', '1.5'],
    ['a string among nodes', withSizeOf('"64"'), 'nodes', '"64"'],
    ['null among nodes', withSizeOf('null'), 'nodes', 'null'],
    ['an array among nodes', withSizeOf('[64]'), 'nodes', '[64]'],
    ['a kind of node that is not in meta', spoilt(({ nodes }) => (nodes[7] = 99)), 'nodes', '99'],
    ['a name that is no string', spoilt(({ nodes }) => (nodes[8] = 98)), 'nodes', '3,98,3'],
    ['more edges announced than there are', spoilt(({ nodes }) => (nodes[4] = 9)), 'edges', ']'],
    ['fewer edges announced than there are', spoilt(({ nodes }) => (nodes[4] = 0)), 'edges', ''],
    ['an edge to nowhere', spoilt(({ edges }) => (edges[2] = 7000)), 'edges', '7000'],
    ['an edge to the middle of a node', spoilt(({ edges }) => (edges[2] = 8)), 'edges', '8'],
    ['half a record', spoilt(({ edges }) => edges.pop()), 'edges', ']'],
    ['a number among strings', spoilt(({ strings }) => (strings[1] = 424_242)), 'strings', '424242'],
    ['no strings', spoilt((sections) => delete sections.strings), 'document', '}'],
    ['no nodes', spoilt((sections) => delete sections.nodes), 'document', ''],
    ['no edges', spoilt((sections) => delete sections.edges), 'document', ''],
    ['an object for nodes', spoilt((sections) => (sections.nodes = { a: 1 })), 'nodes', '{"a":1}'],
    ['something behind the end', `${snapshotText()} x`, 'document', 'x'],
    ['no list of node kinds', spoilt(({ snapshot }) => (snapshot.meta = {})), 'snapshot', '{'],
  ];
  for (const [name, text, section, found] of cases) {
    const { code, message, detail } = await errorOfOpening(fileWith(t, text));
    assert.equal(code, 'ERR_HEAPWATCH_SNAPSHOT_SYNTAX', name);
    assert.equal(detail.section, section, name);
    assert.ok(Number.isInteger(detail.offset), name);
    const there = text.slice(detail.offset, detail.offset + found.length);
    assert.equal(there, found, `${name}: ${message}`);
    assert.ok(message.includes(`byte ${detail.offset}`), message);
    assert.ok(detail.expected.length > 0 && detail.found.length > 0, name);
  }
});

test('counts in the header that are wrong are told as warnings', async (t) => {
  const text = spoilt(({ snapshot }) => {
    snapshot.node_count = 10 ** 18;
    snapshot.edge_count = 0;
  });
  const graph = await heapwatch.open(fileWith(t, text));
  assert.equal(graph.nodeCount, 3);
  assert.equal(graph.captureInfo.warnings.length, 2);
  assert.match(graph.captureInfo.warnings[0], /1000000000000000000 nodes/);
});

test('unknown sections and fields are skipped', async (t) => {
  const { snapshot, ...sections } = snapshotSections();
  const text = JSON.stringify({
    snapshot: { ...snapshot, novelty: [{ deep: [1, 2, '}'] }] },
    novelty: { a: [null, true, -1.5e3, 'x"y'] },
    ...sections,
    news: 'behind the strings',
  });
  const graph = await heapwatch.open(fileWith(t, text));
  assert.deepEqual([graph.nodeCount, graph.edgeCount, graph.totalSize], [3, 2, 96]);
  assert.deepEqual(graph.captureInfo.warnings, []);
});

test('what is nested too deeply is refused', async (t) => {
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const text = snapshotText().replace('"trace_tree":[]', `"trace_tree":${nested}`);
  const { code, detail } = await errorOfOpening(fileWith(t, text));
  assert.equal(code, 'ERR_HEAPWATCH_LIMIT');
  assert.equal(detail.what, 'levels of nesting');
  assert.ok(detail.allowed > 0 && detail.allowed < 100_000);
});

test('maxMemoryBytes limits what reading takes', async (t) => {
  const { code, detail } = await errorOfOpening(fileWith(t, snapshotText()), { maxMemoryBytes: 10 });
  assert.equal(code, 'ERR_HEAPWATCH_LIMIT');
  assert.deepEqual(detail, { what: 'bytes of memory', allowed: 10 });
});

test('paths of a wrong kind are refused', async () => {
  const wrong = [undefined, null, 5, {}, [], '', 'a\0b', Buffer.from('a'), Symbol('a'), () => 'a',
    new URL('https://example.com/a'), new URL('file:///tmp/a%00b'), new URL('file:///tmp/a%2fb')];
  for (const file of wrong) {
    const { code, detail } = await errorOfOpening(file);
    assert.equal(code, 'ERR_HEAPWATCH_OPTION', String(file));
    assert.equal(detail.option, 'file');
  }
});

test('options of open are refused by name', async (t) => {
  const file = fileWith(t, snapshotText());
  /** @type {[any, string][]} */
  const wrong = [
    [{ maxPauseMs: 1 }, 'maxPauseMs'],
    [{ signals: null }, 'signals'],
    [{ signal: null }, 'signal'],
    [{ maxMemoryBytes: -1 }, 'maxMemoryBytes'],
    [{ onProgress: 1 }, 'onProgress'],
    [7, 'options'],
  ];
  for (const [options, option] of wrong) {
    const { code, detail } = await errorOfOpening(file, options);
    assert.deepEqual({ code, option: detail.option }, { code: 'ERR_HEAPWATCH_OPTION', option });
  }
});

test('a signal that is aborted already prevents reading', async (t) => {
  const file = fileWith(t, snapshotText());
  const { code } = await errorOfOpening(file, { signal: AbortSignal.abort() });
  assert.equal(code, 'ERR_HEAPWATCH_CANCELLED');
});

test('a pipe is read without stopping the main thread', { skip: IS_WINDOWS }, async (t) => {
  const fifo = path.join(temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const results = await resultsOf('open_fifo.js', { args: [fifo] });
  assert.deepEqual(results, ['the main thread goes on', { nodeCount: 3 }]);
});

test('a pipe to which nobody writes can be given up', { skip: process.platform !== 'linux' }, async (t) => {
  const fifo = path.join(temporaryFolder(t), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const controller = new AbortController();
  const opening = heapwatch.open(fifo, { signal: controller.signal });
  controller.abort();
  await assert.rejects(opening, { code: 'ERR_HEAPWATCH_CANCELLED' });
});

test('200 MB of anything take bounded memory', async (t) => {
  const file = path.join(temporaryFolder(t), 'large.heapsnapshot');
  const results = await resultsOf('open_large_files.js', { args: [file] });
  const codes = Object.fromEntries(results.map(({ name, code }) => [name, code]));
  assert.deepEqual(codes, {
    brackets: 'ERR_HEAPWATCH_NOT_A_SNAPSHOT',
    'white space': 'ERR_HEAPWATCH_NOT_A_SNAPSHOT',
    'brackets in a section': 'ERR_HEAPWATCH_LIMIT',
    'text in the header': 'ERR_HEAPWATCH_LIMIT',
    'digits in the nodes': 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED',
    'digits in a skipped section': 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED',
    'a key without end': 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED',
    'a string without end': 'ERR_HEAPWATCH_LIMIT',
  });
  for (const { name, grownBytes } of results) {
    assert.ok(grownBytes < 24 * 2 ** 20, `${name}: ${grownBytes} bytes`);
  }
});
