'use strict';

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const test = require('node:test');
const vm = require('node:vm');

const heapwatch = require('..');
const { ExpectedObjects } = require('../lib/expected_objects.js');
const native = require('../lib/native.js');
const { resultsOf, runProgram } = require('./child_program.js');
const { collectMajor } = require('./major_collections.js');
const { MUST_WALK } = require('./where_walks_work.js');

/** Collections alone decide, and nobody walks. */
const AT_ONCE = { afterMs: 0, pathCooldownMs: Infinity };

test.afterEach(() => heapwatch.stop());

/** Expected objects of their own, and what they told. */
function expecting() {
  const expected = new ExpectedObjects();
  const emitter = new EventEmitter();
  /** @type {heapwatch.RetainedInfo[]} */
  const told = [];
  emitter.on('retained', (info) => told.push(info));
  expected.emitters = () => [emitter];
  return { expected, emitter, told };
}

/**
 * Unlike `once` of node:events without a listener for errors, which would start a watcher.
 *
 * @param {{ once(event: 'retained', listener: (info: heapwatch.RetainedInfo) => void): unknown }} of
 * @returns {Promise<heapwatch.RetainedInfo>}
 */
const retained = (of) => new Promise((resolve) => of.once('retained', resolve));

/** @param {heapwatch.RetainedInfo[]} told */
const labelsAndCounts = (told) => told.map(({ label, count }) => [label, count]);

test('an object that is collected is not told', async () => {
  const { expected, told } = expecting();
  // In a function of its own, whose frame holds nothing afterwards.
  (() => {
    for (let i = 0; i < 1000; i++) expected.expect({ i }, 'garbage', AT_ONCE);
  })();
  assert.equal(expected.status().pending, 1000);
  await collectMajor(4);
  assert.deepEqual(told, []);
  assert.deepEqual(expected.status(), { pending: 0, skipped: 0, retained: 0 });
});

test('an object is told once when it has outlived so many collections', async () => {
  const { expected, told } = expecting();
  const held = { name: 'held' };
  expected.expect(held, 'a context', { ...AT_ONCE, afterCollections: 3 });
  await collectMajor(2);
  assert.deepEqual(told, []);
  await collectMajor(1);
  assert.equal(told.length, 1);
  const info = /** @type {heapwatch.RetainedInfo} */ (told[0]);
  const { ageMs, process: ofProcess, ...rest } = info;
  assert.deepEqual(rest, { label: 'a context', count: 1, collections: 3, path: null });
  assert.ok(ageMs > 0);
  assert.equal(ofProcess.pid, process.pid);
  await collectMajor(4);
  assert.equal(told.length, 1);
  assert.deepEqual(expected.status(), { pending: 0, skipped: 0, retained: 1 });
  assert.equal(held.name, 'held');
});

test('collections are not enough where time is asked for, too', async () => {
  const { expected, told } = expecting();
  const held = {};
  expected.expect(held, 'young', { ...AT_ONCE, afterCollections: 1, afterMs: Infinity });
  await collectMajor(3);
  assert.deepEqual(told, []);
  assert.equal(expected.status().pending, 1);
  assert.ok(held);
});

test('a collection that was before an object was given does not count for it', async () => {
  const { expected, told } = expecting();
  const held = [{}, {}];
  const options = { ...AT_ONCE, afterCollections: 1 };
  expected.expect(held[0], 'first', options);
  // Node tells of it only when the event loop turns, after the second object was given.
  heapwatch.gc();
  expected.expect(held[1], 'second', options);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, []);
  await collectMajor(1);
  assert.deepEqual(labelsAndCounts(told), [['first', 1], ['second', 1]]);
  assert.equal(held.length, 2);
});

test('collections are listened to only while objects are waited for', async (t) => {
  const { mock: stop } = t.mock.method(native.NativeCollectionLog.prototype, 'stop');
  const { expected } = expecting();
  for (let times = 0; times < 3; times++) {
    (() => expected.expect({}, 'garbage', AT_ONCE))();
    assert.equal(stop.callCount(), times);
    while (expected.status().pending > 0) await collectMajor(1);
    assert.equal(stop.callCount(), times + 1);
  }
});

test('without native code that hears of collections, objects are told all the same', async (t) => {
  t.mock.getter(native.NativeCollectionLog.prototype, 'isRunning', () => false);
  const { expected, told } = expecting();
  const held = {};
  expected.expect(held, 'held', AT_ONCE);
  await collectMajor(3);
  assert.deepEqual(labelsAndCounts(told), [['held', 1]]);
  assert.ok(held);
});

test('what is late at the same time is told by label', async () => {
  const { expected, told } = expecting();
  const held = Array.from({ length: 5000 }, (_, i) => ({ i }));
  for (const object of held) expected.expect(object, object.i % 5 === 0 ? 'a' : 'b', AT_ONCE);
  await collectMajor(3);
  assert.deepEqual(labelsAndCounts(told), [['a', 1000], ['b', 4000]]);
  assert.equal(held.length, 5000);
});

test('labels that are made up for each object are told together', async () => {
  const { expected, told } = expecting();
  const held = Array.from({ length: 200 }, (_, i) => ({ i }));
  for (const object of held) expected.expect(object, `request ${object.i}`, AT_ONCE);
  await collectMajor(3);
  assert.equal(told.length, 51);
  assert.deepEqual(labelsAndCounts(told).at(-1), ['(other labels)', 150]);
  assert.equal(held.length, 200);
});

test('objects of all kinds can be expected to go', async () => {
  const { expected, told } = expecting();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = new Proxy({}, {
    get: () => assert.fail('the object was looked into'),
    ownKeys: () => assert.fail('the object was looked into'),
  });
  /** @type {Record<string, WeakKey>} */
  const held = {
    frozen: Object.freeze({}),
    'without prototype': Object.create(null),
    function: () => {},
    symbol: Symbol('of its own'),
    'revoked proxy': proxy,
    'throwing proxy': throwing,
    'of another realm': vm.runInNewContext('({})'),
    buffer: Buffer.alloc(10),
    'typed array': new Uint8Array(new SharedArrayBuffer(8)),
    promise: Promise.resolve(),
    'weak ref': new WeakRef({}),
  };
  for (const [label, object] of Object.entries(held)) expected.expect(object, label, AT_ONCE);
  await collectMajor(3);
  assert.deepEqual(told.map(({ label }) => label), Object.keys(held));
});

test('an object that is given twice counts twice', async () => {
  const { expected, told } = expecting();
  const held = {};
  for (const label of ['one', 'one', 'other']) expected.expect(held, label, AT_ONCE);
  await collectMajor(3);
  assert.deepEqual(labelsAndCounts(told), [['one', 2], ['other', 1]]);
  assert.ok(held);
});

test('what can not be expected to go, wrong labels and wrong options are refused', () => {
  for (const value of [undefined, null, 1, 'text', true, 10n, Symbol.for('known')]) {
    assert.throws(() => heapwatch.expectCollected(/** @type {any} */ (value), 'label'), {
      code: 'ERR_HEAPWATCH_OPTION',
      detail: {
        option: 'object',
        expected: 'an object, a function or a symbol that is not registered',
      },
    });
  }
  for (const label of [undefined, null, '', 7, {}, Symbol('label')]) {
    assert.throws(
      () => heapwatch.expectCollected({}, /** @type {any} */ (label)),
      (/** @type {any} */ { code, detail }) =>
        code === 'ERR_HEAPWATCH_OPTION' && detail.option === 'label',
    );
  }
  /** @type {[any, string][]} */
  const wrong = [
    [{ afterCollections: 0 }, 'afterCollections'],
    [{ afterCollections: 1.5 }, 'afterCollections'],
    [{ afterMs: -1 }, 'afterMs'],
    [{ afterMs: NaN }, 'afterMs'],
    [{ pathCooldownMs: '1' }, 'pathCooldownMs'],
    [{ after: 1 }, 'after'],
    [null, 'options'],
  ];
  for (const [options, option] of wrong) {
    assert.throws(() => heapwatch.expectCollected({}, 'label', options), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION');
      assert.equal(error.detail.option, option);
      return true;
    });
  }
});

test('more than 100,000 objects are not waited for', async () => {
  const { expected } = expecting();
  (() => {
    for (let i = 0; i < 100_010; i++) expected.expect({ i }, 'garbage', AT_ONCE);
  })();
  assert.deepEqual(expected.status(), { pending: 100_000, skipped: 10, retained: 0 });
  await collectMajor(1);
  while (expected.status().pending > 0) await collectMajor(1);
  const held = {};
  expected.expect(held, 'there is room again', AT_ONCE);
  assert.equal(expected.status().pending, 1);
});

test('a listener that throws does not keep others from being told', async () => {
  const [{ errors, told }] = await resultsOf('throw_when_retained.js');
  assert.deepEqual(errors, ['thrown for a', 'thrown for b']);
  assert.deepEqual(told, ['a', 'b']);
});

test('listening to what is retained starts no watcher, and a running watcher tells it, too', async () => {
  const held = {};
  const ofModule = retained(heapwatch);
  assert.equal(heapwatch.status(), null);
  const watcher = heapwatch.watch({ method: 'none' });
  const ofWatcher = retained(watcher);
  heapwatch.expectCollected(held, 'told twice', AT_ONCE);
  assert.equal(watcher.status().expected.pending, 1);
  await collectMajor(3);
  assert.deepEqual([(await ofModule).label, (await ofWatcher).label], ['told twice', 'told twice']);
  assert.ok(held);
});

/** Held by the module, by a key that nobody is to be told. */
/** @type {Map<string, object>} */
const sessions = new Map();

class Session {}

/**
 * @param {heapwatch.RetainedInfo} info
 */
function assertPath({ path }) {
  assert.ok(path !== null);
  assert.equal(path[0].edge, null);
  const told = path.map(({ edge, class: ofClass }) => `${edge} ${ofClass}`);
  const end = told.slice(-3);
  assert.deepEqual(end, ['sessions Map', 'table (array)', '[*] Session'], told.join(' > '));
  assert.ok(!JSON.stringify(path).includes('alice'));
}

test('a walk finds what holds the objects', { skip: !MUST_WALK }, async () => {
  sessions.set('alice@example.org', new Session());
  const told = retained(heapwatch);
  const options = { afterMs: 0, pathCooldownMs: 0 };
  heapwatch.expectCollected(/** @type {object} */ (sessions.get('alice@example.org')), 'session', options);
  const alive = setInterval(() => {}, 10);
  await collectMajor(3);
  const info = await told;
  clearInterval(alive);
  assert.equal(info.label, 'session');
  assertPath(info);
  sessions.clear();
});

for (const method of /** @type {const} */ (['v8', 'walk'])) {
  const skip = method === 'walk' && !MUST_WALK;
  test(`what was told without a path is told with it after a capture by ${method}`, { skip }, async () => {
    sessions.set('alice@example.org', new Session());
    /** @type {heapwatch.RetainedInfo[]} */
    const told = [];
    const watcher = heapwatch.watch({ method, maxPauseMs: 60_000, maxMemoryBytes: 10 ** 12 });
    watcher.on('retained', (info) => told.push(info));
    const session = /** @type {object} */ (sessions.get('alice@example.org'));
    heapwatch.expectCollected(session, 'session', AT_ONCE);
    await collectMajor(3);
    assert.deepEqual(told.map(({ path }) => path), [null]);
    const alive = setInterval(() => {}, 10);
    await watcher.diagnose({ captures: 2, maxSpacingMs: 1 });
    clearInterval(alive);
    assert.equal(told.length, 2);
    assertPath(told[1]);
    sessions.clear();
  });
}

test('workers and copies of the package tell each their own', async () => {
  const [{ worker, copies }] = await resultsOf('expect_in_worker.js');
  assert.deepEqual(worker, ['in a worker']);
  assert.deepEqual(copies, [['of the first'], ['of the second']]);
});

test('objects that are waited for keep no process alive', async () => {
  const { code, stderr } = await runProgram('expect_and_end.js');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
