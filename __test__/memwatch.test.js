'use strict';

/** What programs that were written for memwatch-next and its forks rely on. */

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const test = require('node:test');

const heapwatch = require('..');
const native = require('../lib/native.js');
const { UsageTrend } = require('../lib/memwatch/usage_trend.js');
const { sizeText } = require('../lib/memwatch/size_text.js');
const memwatch = require('../memwatch.js');
const { resultsOf } = require('./child_program.js');
const { lineOf } = require('./source_line.js');
const { MUST_WALK } = require('./where_walks_work.js');

test.afterEach(() => {
  memwatch.removeAllListeners();
  heapwatch.stop();
});

/** Kept alive by a test. @type {any} */
let held = null;

class Parcel {
  content = {};
}

/**
 * @param {() => void} work
 * @returns {import('..').HeapDiffResult}
 */
function diffOf(work) {
  const diff = new memwatch.HeapDiff();
  work();
  return diff.end();
}

/**
 * @param {import('..').HeapDiffResult} result
 * @param {string} what
 */
function row({ change }, what) {
  const rows = change.details.filter((detail) => detail.what === what);
  assert.equal(rows.length, 1, `${rows.length} rows of ${what}`);
  return rows[0];
}

/** @returns {Promise<any>} the next `stats` */
function nextStats() {
  return new Promise((resolve) => memwatch.once('stats', resolve));
}

test('the module is an emitter with a collector and a HeapDiff', () => {
  assert.equal(memwatch, heapwatch);
  assert.ok(memwatch instanceof EventEmitter);
  const names = Object.getOwnPropertyNames(EventEmitter.prototype);
  for (const name of names.filter((name) => !name.startsWith('_') && name !== 'constructor')) {
    assert.ok(Object.hasOwn(memwatch, name), name);
  }
  const listener = () => {};
  assert.equal(memwatch.on('leak', listener).setMaxListeners(20), memwatch);
  assert.equal(memwatch.getMaxListeners(), 20);
  assert.deepEqual(memwatch.listeners('leak'), [listener]);
  assert.equal(memwatch.listenerCount('leak'), 1);
  assert.equal(memwatch.removeListener('leak', listener).listenerCount('leak'), 0);
});

test('each way to listen starts the watcher, each way to leave ends it', () => {
  const listener = () => {};
  const ways = /** @type {const} */ ([
    'on', 'addListener', 'once', 'prependListener', 'prependOnceListener',
  ]);
  for (const way of ways) {
    memwatch[way]('stats', listener);
    assert.equal(memwatch.listenerCount('stats'), 1, way);
    assert.equal(heapwatch.status()?.running, true, way);
    memwatch.off('stats', listener);
    assert.equal(heapwatch.status(), null, way);
  }
  for (const events of /** @type {const} */ ([[], ['stats']])) {
    memwatch.on('stats', listener);
    memwatch.removeAllListeners(...events);
    assert.equal(heapwatch.status(), null);
  }
});

test('emit reaches the listeners of the module', () => {
  /** @type {any[]} */
  const heard = [];
  memwatch.on('stats', (stats) => heard.push(stats));
  const stats = /** @type {any} */ ({ num_full_gc: 1 });
  assert.equal(memwatch.emit('stats', stats), true);
  assert.deepEqual(heard, [stats]);
});

test('stats follow a forced collection, with the fields of both memwatches', async () => {
  /** @type {any[]} */
  const heard = [];
  memwatch.on('stats', (stats) => heard.push(stats));
  for (let i = 0; i < 3; i++) memwatch.gc();
  await new Promise((resolve) => process.nextTick(resolve));
  assert.equal(heard.length, 3);
  const numbers = [
    'num_full_gc', 'num_inc_gc', 'heap_compactions', 'usage_trend', 'estimated_base', 'current_base',
    'min', 'max', 'gc_ts', 'gcScavengeCount', 'gcScavengeTime', 'gcMarkSweepCompactCount',
    'gcMarkSweepCompactTime', 'gcIncrementalMarkingCount', 'gcIncrementalMarkingTime',
    'gcProcessWeakCallbacksCount', 'gcProcessWeakCallbacksTime', 'total_heap_size',
    'total_heap_size_executable', 'total_physical_size', 'total_available_size', 'used_heap_size',
    'heap_size_limit', 'malloced_memory', 'peak_malloced_memory', 'gc_time',
  ];
  for (const name of numbers) assert.ok(Number.isFinite(heard[0][name]), name);
  const [first, , last] = heard;
  assert.equal(last.num_full_gc - first.num_full_gc, 2);
  assert.equal(last.heap_compactions, last.num_full_gc);
  assert.equal(last.gcMarkSweepCompactCount, last.num_full_gc);
  assert.ok(last.gcMarkSweepCompactTime - first.gcMarkSweepCompactTime >= last.gc_time);
  assert.ok(last.gc_time > 1e5 && last.gc_time < 1e11, 'nanoseconds');
  assert.ok(Math.abs(last.gc_ts / 1e3 - Date.now()) < 3_600_000, 'microseconds since the epoch');
  assert.equal(last.current_base, last.heapUsedBytes);
  assert.equal(last.used_heap_size, last.heapUsedBytes);
  assert.ok(last.min <= last.current_base && last.current_base <= last.max);
});

test('numbers go on when listeners come and go', async () => {
  const first = nextStats();
  memwatch.gc();
  const { num_full_gc: before } = await first;
  const second = nextStats();
  memwatch.gc();
  assert.equal((await second).num_full_gc, before + 1);
});

test('a listener of stats may use a HeapDiff', async () => {
  let count = 0;
  memwatch.on('stats', () => {
    count++;
    diffOf(() => {});
  });
  memwatch.gc();
  // What a HeapDiff collects would be told by now.
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(count, 1);
});

/**
 * How a heap of these sizes is judged, sampled every five seconds by so many collections in a row.
 *
 * @param {number} collections
 * @param {(seconds: number) => number} bytesAt
 */
function judged(collections, bytesAt) {
  const trend = new native.NativeTrend({});
  const states = [];
  for (let seconds = 0; seconds < 3600; seconds += 5) {
    for (let i = 0; i < collections; i++) {
      const timeMs = 1e12 + seconds * 1000 + i;
      states.push(JSON.parse(trend.push(timeMs, bytesAt(seconds), 2 ** 31)).state);
    }
  }
  return { states: [...new Set(states)], firstAlarm: states.indexOf('confirmed') / collections };
}

test('a program that collects often is judged as one that does not', () => {
  const leak = (/** @type {number} */ seconds) => 50e6 + seconds * 1e6;
  const warmUp = (/** @type {number} */ seconds) => 50e6 + 30e6 * (1 - Math.exp(-seconds / 60));
  const alone = judged(1, leak);
  assert.ok(alone.states.includes('confirmed'));
  for (const collections of [2, 10, 100]) {
    assert.equal(Math.floor(judged(collections, leak).firstAlarm), alone.firstAlarm);
    assert.deepEqual(judged(collections, warmUp).states, ['learning', 'healthy']);
  }
});

test('the trend follows the recent heap against the old one', () => {
  const trend = new UsageTrend();
  const first = trend.add(100e6);
  assert.deepEqual(first, {
    usage_trend: 0,
    estimated_base: 100e6,
    current_base: 100e6,
    min: 100e6,
    max: 100e6,
  });
  for (let i = 0; i < 200; i++) trend.add(100e6);
  const up = trend.add(200e6);
  // A tenth of the way for the recent average, a 120th for the old one.
  assert.equal(up.estimated_base, 110e6);
  assert.equal(up.usage_trend, Math.round((110 / (100 + 100 / 120) - 1) * 1000) / 10);
  assert.deepEqual([up.min, up.max], [100e6, 200e6]);
});

test('a heap that falls makes a negative trend', () => {
  const trend = new UsageTrend();
  for (let i = 0; i < 50; i++) trend.add(500e6);
  for (let i = 0; i < 20; i++) {
    const { usage_trend: percent } = trend.add(1e6);
    assert.ok(percent < 0 && percent >= -100, `${percent}`);
  }
});

test('sizes as text are as memwatch writes them', () => {
  const texts = [0, 512, -512, 1024, 1025, -2120, 66687, 2 ** 20, 1869904, 5 * 2 ** 30].map(sizeText);
  assert.deepEqual(texts, [
    '0 bytes', '512 bytes', '-512 bytes', '1024 bytes', '1 kb', '-2.07 kb', '65.12 kb', '1024 kb',
    '1.78 mb', '5120 mb',
  ]);
});

test('a HeapDiff counts what was allocated', () => {
  const result = diffOf(() => {
    held = Array.from({ length: 100 }, () => new Parcel());
  });
  const parcels = row(result, 'Parcel');
  assert.deepEqual([parcels['+'], parcels['-']], [100, 0]);
  assert.ok(parcels.size_bytes >= 100 * 24 && parcels.size_bytes <= 100 * 64, parcels.size);
  assert.equal(parcels.kind, 'object');
});

test('a HeapDiff counts what was freed', () => {
  held = Array.from({ length: 1000 }, () => new Parcel());
  const result = diffOf(() => {
    held = null;
  });
  const parcels = row(result, 'Parcel');
  assert.deepEqual([parcels['+'], parcels['-']], [0, 1000]);
  assert.ok(result.change.size_bytes < -48_000, result.change.size);
});

test('a HeapDiff sees objects that only variables of running functions hold', () => {
  const diff = new memwatch.HeapDiff();
  const parcels = Array.from({ length: 50_000 }, () => new Parcel());
  const result = diff.end();
  assert.equal(row(result, 'Parcel')['+'], parcels.length);
});

test('the parts of a HeapDiff fit together', () => {
  held = Array.from({ length: 1000 }, () => new Parcel());
  const result = diffOf(() => {
    held = held.filter((/** @type {any} */ _, /** @type {number} */ i) => i % 2 === 0);
    held.push(new Parcel(), /x/, Symbol('x'), 2n ** 100n, new ArrayBuffer(100_000));
  });
  const { before, after, change } = result;
  assert.deepEqual(Object.keys(result), ['before', 'after', 'change']);
  for (const { nodes, size_bytes: bytes, size, time } of [before, after]) {
    assert.ok(nodes > 10_000 && bytes > 1e6);
    assert.equal(size, sizeText(bytes));
    assert.ok(time instanceof Date);
  }
  assert.ok(before.time <= after.time);
  assert.equal(change.size_bytes, after.size_bytes - before.size_bytes);
  assert.equal(change.size, sizeText(change.size_bytes));
  assert.equal(change.allocated_nodes - change.freed_nodes, after.nodes - before.nodes);

  const { details } = change;
  const sum = (/** @type {'size_bytes' | '+' | '-'} */ name) =>
    details.reduce((total, detail) => total + detail[name], 0);
  assert.equal(sum('size_bytes'), change.size_bytes);
  assert.equal(sum('+'), change.allocated_nodes);
  assert.equal(sum('-'), change.freed_nodes);
  const names = details.map(({ what }) => what);
  assert.deepEqual(names, names.toSorted());
  for (const detail of details) {
    assert.deepEqual(Object.keys(detail), ['what', 'size_bytes', 'size', '+', '-', 'kind', 'location']);
    assert.equal(detail.size, sizeText(detail.size_bytes));
  }
  for (const name of ['RegExp', 'Symbol', 'BigInt']) assert.ok(names.includes(name), name);
  assert.ok(row(result, 'Native').size_bytes >= 100_000);
});

test('two classes of one name are two rows with a place each', () => {
  const result = diffOf(() => {
    held = [makeFirst(), makeFirst(), makeSecond()];
  });
  const twins = result.change.details.filter(({ what }) => what === 'Twin');
  const places = twins.map(({ '+': count, location }) => [count, location?.url, location?.line]);
  const lines = ['number', 'text'].map((field) => lineOf(__filename, `class Twin { ${field}`));
  assert.deepEqual(places, [[2, __filename, lines[0]], [1, __filename, lines[1]]]);
});

const makeFirst = (() => {
  class Twin { number = 1; }
  return () => new Twin();
})();
const makeSecond = (() => {
  class Twin { text = ''; }
  return () => new Twin();
})();

test('a linked list of a million nodes is counted', () => {
  const result = diffOf(() => {
    held = null;
    for (let i = 0; i < 1_000_000; i++) held = new Link(held);
  });
  assert.equal(row(result, 'Link')['+'], 1_000_000);
  held = null;
});

class Link {
  /** @param {unknown} next */
  constructor(next) {
    this.next = next;
  }
}

test('a second end() throws, and so does what is no HeapDiff', () => {
  const { HeapDiff } = /** @type {any} */ (memwatch);
  const diff = new HeapDiff('ignored', 1);
  diff.end('ignored');
  assert.throws(() => diff.end(), {
    name: 'Error',
    message: 'attempt to end() a HeapDiff that was already ended',
  });
  assert.throws(() => HeapDiff(), TypeError);
  assert.throws(() => new (HeapDiff())(), TypeError);
  assert.throws(() => HeapDiff.prototype.end.call({}), TypeError);
});

test('HeapDiffs may overlap', () => {
  const outer = new memwatch.HeapDiff();
  const early = new Parcel();
  const inner = new memwatch.HeapDiff();
  const late = new Parcel();
  assert.equal(row(inner.end(), 'Parcel')['+'], 1);
  assert.equal(row(outer.end(), 'Parcel')['+'], 2);
  assert.ok(early && late);
});

/**
 * @param {import('node:test').TestContext} t
 * @param {string} name of a native function or method
 * @param {any} owner
 */
function refuse(t, owner, name) {
  t.mock.method(owner, name, () => {
    const error = { code: 'ERR_HEAPWATCH_UNSUPPORTED', message: 'refused by a test', detail: '{}' };
    return owner === native ? { error } : error;
  });
}

for (const way of ['a pipe', 'a file']) {
  test(`without a walk a HeapDiff reads V8's snapshot through ${way}`, (t) => {
    refuse(t, native.HeapCensus.prototype, 'walk');
    if (way === 'a file') refuse(t, native, 'openCapturePipe');
    held = Array.from({ length: 1000 }, () => new Parcel());
    const result = diffOf(() => {
      held = [new Parcel(), new ArrayBuffer(100_000), makeFirst()];
    });
    const parcels = row(result, 'Parcel');
    assert.deepEqual([parcels['+'], parcels['-']], [1, 1000]);
    assert.ok(row(result, 'Native').size_bytes >= 100_000);
    assert.equal(row(result, 'Twin').location?.line, lineOf(__filename, `class Twin { ${'number'}`));
    const { change } = result;
    const bytes = change.details.reduce((total, detail) => total + detail.size_bytes, 0);
    assert.equal(bytes, change.size_bytes);
  });
}

test('nothing is left of a HeapDiff whose end fails', (t) => {
  const diff = new memwatch.HeapDiff();
  t.mock.method(native.HeapCensus.prototype, 'walk', () => ({
    code: 'ERR_HEAPWATCH_CAPTURE',
    message: 'refused by a test',
    detail: '{"reason":"test"}',
  }));
  if (MUST_WALK) assert.throws(() => diff.end(), { code: 'ERR_HEAPWATCH_CAPTURE' });
  assert.throws(() => new memwatch.HeapDiff().end.call(diff), /already ended/);
});

test('a HeapDiff of nothing finds less than a kilobyte', async () => {
  // V8 makes machine code of what ran often, many functions at a time: that is not ours.
  const nodeArgs = ['--no-sparkplug'];
  const changes = await resultsOf('heap_diff_of_nothing.js', { nodeArgs });
  assert.equal(changes.length, 6);
  for (const { bytes, details } of changes) {
    assert.ok(Math.abs(bytes) < 1024, `${bytes} bytes: ${JSON.stringify(details)}`);
  }
});

test('a HeapDiff in the first turn of a program finds what the program made', async () => {
  assert.deepEqual(await resultsOf('heap_diff_at_once.js'), [{ allocated: 20_000, freed: 0 }]);
});

test('workers have a HeapDiff and stats of their own', async () => {
  const results = await resultsOf('memwatch_in_worker.js');
  assert.equal(results.length, 3);
  for (const result of results) {
    const { more, ...rest } = result;
    // Stale words of the stack may hold some dead ones; a heap of another worker has thousands.
    assert.ok(more >= 2500 && more <= 2520, `${more} more`);
    assert.deepEqual(rest, { held: 5000, collections: 2 });
  }
});

test('HeapDiffs leave nothing behind', async () => {
  const [{ rssGrowth, descriptors }] = await resultsOf('heap_diff_often.js', { args: ['40'] });
  assert.ok(rssGrowth < 16 * 2 ** 20, `${rssGrowth} bytes`);
  assert.equal(descriptors, 0);
});
