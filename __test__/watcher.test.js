'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const test = require('node:test');
const v8 = require('node:v8');

const heapwatch = require('..');
const { resultsOf, runProgram } = require('./child_program.js');
const { collect } = require('./collections.js');
const { lineOf } = require('./source_line.js');

/** A test that fails must not disturb the next one. */
test.afterEach(() => heapwatch.stop());

const LEAK_PROGRAM = path.join(__dirname, 'programs', 'watch_a_leak.js');
const HEAP_LIMIT = ['--max-old-space-size=1024'];
/** The limit is large against what a test leaks, however long captures take on a busy machine. */
const FAST = { fastGrowthFraction: 0.0025, fastRunwayMs: 4 * 3_600_000 };
const AFFORDABLE = { ...FAST, maxPauseMs: 60_000, maxMemoryBytes: 10 ** 12 };

/**
 * What a watcher tells of a steady leak.
 *
 * @param {object} options of the watcher
 * @param {string[]} [mode]
 */
async function watchALeak(options, mode = []) {
  const args = [JSON.stringify(options), ...mode];
  const told = await resultsOf('watch_a_leak.js', { args, nodeArgs: HEAP_LIMIT });
  /** @param {string} event */
  const of = (event) => told.filter((one) => one.event === event);
  return { of, events: told.map(({ event }) => event) };
}

/** @param {any} info of an event, as JSON */
function assertLeakInfo(info) {
  assert.equal(info.pool, 'js-heap');
  assert.ok(info.growth > 1e6 && info.current > info.growth && info.limit > info.current);
  assert.match(info.reason, /^JavaScript heap growth of \d/);
  const [start, end] = [Date.parse(info.start), Date.parse(info.end)];
  assert.ok(end - start >= 30_000 && end - start < 3_600_000, `${info.start} to ${info.end}`);
  const { low, mid, high } = info.bytesPerHour;
  // A megabyte in five seconds.
  assert.ok(low <= mid && mid <= high && mid > 300e6 && mid < 2000e6, JSON.stringify(info));
  assert.ok(info.confidence > 0 && info.confidence <= 1);
  assert.ok(info.timeToLimit.low > 0 && info.timeToLimit.high >= info.timeToLimit.low);
  assert.equal(typeof info.fingerprint, 'string');
}

test('a leak is told once, with its line', async () => {
  const { of, events } = await watchALeak(AFFORDABLE);
  assert.deepEqual(events, ['suspect', 'leak', 'report', 'end']);
  const [suspicion] = of('suspect');
  assertLeakInfo(suspicion.payload);
  assert.equal(suspicion.payload.report, null);

  const [{ payload: leak, dates }] = of('leak');
  assertLeakInfo(leak);
  assert.deepEqual(dates, [true, true]);
  const { report } = leak;
  assert.equal(report.verdict, 'js-heap');
  assert.equal(report.growth.pool, 'js-heap');
  assert.equal(report.growth.state, 'confirmed');
  assert.equal(report.captures.length, 3);
  const [suspect] = report.suspects;
  assert.equal(suspect.class, 'LeakedOrder');
  assert.equal(suspect.owner.name, 'leaked');
  const line = lineOf(LEAK_PROGRAM, 'leaked.push(');
  assert.deepEqual([suspect.locations[0].url, suspect.locations[0].line], [LEAK_PROGRAM, line]);
  assert.equal(leak.fingerprint, suspect.fingerprint);
  assert.ok(leak.reason.endsWith(suspect.evidence), leak.reason);
  assert.deepEqual(of('report')[0].payload, report);

  const [{ status }] = of('end');
  assert.deepEqual([status.running, status.state, status.pool], [true, 'confirmed', 'js-heap']);
});

test('a capture that costs too much is not taken, and the leak is told without', async () => {
  const { of, events } = await watchALeak({ ...FAST, method: 'v8', maxPauseMs: 1 });
  assert.deepEqual(events, ['suspect', 'error', 'leak', 'end']);
  const [{ payload: leak }] = of('leak');
  assertLeakInfo(leak);
  assert.equal(leak.report, null);
  assert.equal(leak.fingerprint, 'pool:js-heap');
  assert.match(leak.reason, /No diagnosis: .* maxPauseMs/);
  const [{ code }] = of('error');
  assert.equal(code, 'ERR_HEAPWATCH_LIMIT');
});

test("with method 'none' a leak is told without captures", async () => {
  const { of, events } = await watchALeak({ ...FAST, method: 'none' });
  assert.deepEqual(events, ['suspect', 'leak', 'end']);
  assertLeakInfo(of('leak')[0].payload);
  assert.equal(of('leak')[0].payload.report, null);
});

test('growth that has stopped by the time of the captures is taken back, once', async () => {
  const { events } = await watchALeak({ ...AFFORDABLE, maxSpacingMs: 20 }, ['stop-growing']);
  assert.deepEqual(events, ['suspect', 'recovered', 'end']);
});

test('stats are told after each major collection', async () => {
  const watcher = heapwatch.watch();
  const told = once(watcher, 'stats');
  await collect(watcher);
  const [stats] = await told;
  assert.ok(stats.time instanceof Date);
  assert.ok(stats.heapUsedBytes > 1e6 && stats.heapUsedBytes < stats.limitBytes);
  assert.ok(stats.externalBytes > 0 && stats.mallocedBytes > 0);
  assert.ok(stats.limitBytes <= v8.getHeapStatistics().heap_size_limit);
  assert.equal(stats.state, 'learning');
  assertPools(stats.pools);
  assert.equal(stats.pools['js-heap'].currentBytes, stats.heapUsedBytes);
  assert.equal(stats.pools['array-buffers'].currentBytes, stats.arrayBuffersBytes);
  assert.equal(stats.pools.external.currentBytes, stats.externalBytes);
  assert.ok(stats.contexts > 0 && stats.detachedContexts >= 0 && stats.globalHandlesBytes > 0);
  assert.ok(stats.lowestRssBytes <= stats.rssBytes && stats.rssBytes <= stats.highestRssBytes);
  assert.ok(stats.lowestRssBytes > stats.heapUsedBytes / 2);
  assert.deepEqual(stats.label,
    { pid: process.pid, threadId: 0, isMainThread: true, clusterWorkerId: null });
});

const POOLS = ['js-heap', 'array-buffers', 'external', 'native', 'contexts'];

/** @param {any} pools */
function assertPools(pools) {
  assert.deepEqual(Object.keys(pools), POOLS);
  for (const [pool, judgement] of Object.entries(pools)) {
    assert.equal(judgement.state, 'learning');
    assert.equal(judgement.part, pool === 'native' ? 'rest' : null);
    for (const name of ['samples', 'ignoredSamples', 'growthBytes', 'startMs', 'endMs',
      'startBytes', 'currentBytes', 'confidence']) {
      assert.ok(Number.isFinite(judgement[name]), name);
    }
    for (const name of ['path', 'bytesPerHour', 'bytesPerWork', 'timeToLimitSeconds']) {
      assert.equal(judgement[name], null, name);
    }
  }
}

test('status tells the state of the watcher, and null without one', async () => {
  assert.equal(heapwatch.status(), null);
  const watcher = heapwatch.watch();
  await collect(watcher);
  const status = watcher.status();
  const { running, state, pool, diagnosing } = status;
  assert.deepEqual({ running, state, pool, diagnosing },
    { running: true, state: 'learning', pool: 'js-heap', diagnosing: false });
  assert.ok(status.limitBytes > 0 && status.ownTimeMs > 0);
  assertPools(status.pools);
  assert.equal(status.pools['js-heap'].samples > 0, true);
  assert.deepEqual(heapwatch.status()?.pools, status.pools);
  watcher.stop();
  assert.equal(watcher.status().running, false);
  assert.equal(heapwatch.status(), null);
});

test('a listener may stop the watcher, and hears nothing after that', async () => {
  const watcher = heapwatch.watch();
  let told = 0;
  watcher.on('stats', () => {
    told++;
    watcher.stop();
    watcher.stop();
  });
  await collect(watcher);
  assert.equal(heapwatch.status(), null);
  const next = heapwatch.watch();
  assert.notEqual(next, watcher);
  await collect(next);
  assert.equal(told, 1);
});

test('a listener that throws is an uncaught exception, and the watcher goes on', async () => {
  const { code, stderr, results } = await runProgram('throw_in_listener.js');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepEqual(results, [{ uncaught: ['first', 'second'], samples: 2, running: true }]);
});

test('a work counter that throws or counts nothing is left out', async () => {
  const counts = [() => 1, () => NaN, () => { throw new Error('no counter'); }];
  let calls = 0;
  /** @type {Error[]} */
  const errors = [];
  const watcher = heapwatch.watch({ work: () => counts[calls++ % counts.length]() });
  watcher.on('error', (error) => errors.push(error));
  for (let i = 0; i < counts.length; i++) await collect(watcher);
  assert.ok(calls >= counts.length);
  assert.ok(watcher.status().pools['js-heap'].samples >= counts.length);
  assert.ok(errors.length > 0 && errors.every(({ message }) => message === 'no counter'));
});

test('watch gives the watcher that runs, unless other options are asked for', () => {
  const watcher = heapwatch.watch({ captures: 2 });
  assert.equal(heapwatch.watch(), watcher);
  assert.equal(heapwatch.watch({ captures: 2 }), watcher);
  assert.throws(() => heapwatch.watch({ captures: 3 }), {
    code: 'ERR_HEAPWATCH_OPTION',
    message: /stop it first/,
  });
  assert.equal(heapwatch.watch(), watcher);
  watcher.stop();
  const next = heapwatch.watch({ captures: 3 });
  assert.notEqual(next, watcher);
});

test('options of watch and of diagnose are refused by name', async () => {
  /** @type {[any, string][]} */
  const wrong = [
    [{ capture: 3 }, 'capture'],
    [{ captures: 1 }, 'captures'],
    [{ captures: 2.5 }, 'captures'],
    [{ method: 'some' }, 'method'],
    [{ maxPauseMs: '1s' }, 'maxPauseMs'],
    [{ maxMemoryBytes: -1 }, 'maxMemoryBytes'],
    [{ maxSpacingMs: 0 }, 'maxSpacingMs'],
    [{ maxSpacingMs: Infinity }, 'maxSpacingMs'],
    [{ cooldownMs: null }, 'cooldownMs'],
    [{ work: 1 }, 'work'],
    [{ sources: 1 }, 'sources'],
    [{ fastGrowthFraction: 2 }, 'fastGrowthFraction'],
    [{ fastLevelFraction: NaN }, 'fastLevelFraction'],
    [{ fastLeakBytesPerHour: -1 }, 'fastLeakBytesPerHour'],
    [{ memoryLimitBytes: 0 }, 'memoryLimitBytes'],
    [{ readingEveryMs: 9 }, 'readingEveryMs'],
    [{ readingEveryMs: 2 ** 31 }, 'readingEveryMs'],
    [{ blackBox: '' }, 'blackBox'],
    [{ blackBox: 'a\0b' }, 'blackBox'],
    [{ blackBox: true }, 'blackBox'],
    [true, 'options'],
  ];
  for (const [options, option] of wrong) {
    assert.throws(() => heapwatch.watch(options), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION');
      assert.equal(error.detail.option, option);
      return true;
    });
    assert.equal(heapwatch.status(), null);
  }
  const watcher = heapwatch.watch();
  for (const options of [{ captures: 5 }, { maxSpacing: 1 }, { signal: 'now' }]) {
    await assert.rejects(watcher.diagnose(/** @type {any} */ (options)), {
      code: 'ERR_HEAPWATCH_OPTION',
    });
  }
});

test('listening starts the default watcher, and no longer listening stops it', async () => {
  assert.equal(heapwatch.status(), null);
  let told = 0;
  const count = () => void told++;
  const other = () => {};
  heapwatch.on('stats', count);
  heapwatch.on('leak', other);
  assert.equal(heapwatch.status()?.running, true);
  await collect(heapwatch);
  assert.ok(told >= 1);
  heapwatch.off('leak', other);
  assert.equal(heapwatch.status()?.running, true);
  heapwatch.off('stats', count);
  assert.equal(heapwatch.status(), null);
});

test('a listener for once stops the default watcher when it was called', async () => {
  const told = new Promise((resolve) => heapwatch.once('stats', resolve));
  assert.equal(heapwatch.status()?.running, true);
  await collect(heapwatch);
  await told;
  assert.equal(heapwatch.status(), null);
});

test('an explicit watcher takes over from the default one, and keeps its listeners', async (t) => {
  let told = 0;
  const count = () => void told++;
  heapwatch.on('stats', count);
  t.after(() => heapwatch.off('stats', count));
  const watcher = heapwatch.watch({ captures: 2 });
  await collect(watcher);
  const afterFirst = told;
  assert.ok(afterFirst >= 1);
  heapwatch.off('stats', count);
  // Asked for explicitly: it goes on without listeners.
  assert.equal(watcher.status().running, true);
  heapwatch.on('stats', count);
  await collect(watcher);
  assert.ok(told > afterFirst);
});

test('an event is told once however often it was listened to before', async (t) => {
  const listeners = [1, 2, 3].map(() => () => {});
  for (const listener of listeners) heapwatch.on('stats', listener);
  const watcher = heapwatch.watch();
  let ofModule = 0;
  let ofWatcher = 0;
  const count = () => void ofModule++;
  heapwatch.on('stats', count);
  watcher.on('stats', () => void ofWatcher++);
  t.after(() => [count, ...listeners].forEach((listener) => heapwatch.off('stats', listener)));
  await collect(watcher);
  await collect(watcher);
  assert.ok(ofWatcher >= 2);
  assert.equal(ofModule, ofWatcher);
});

test('names that are no events of a watcher start none', () => {
  const listener = () => {};
  heapwatch.on(/** @type {any} */ ('leaks'), listener);
  assert.equal(heapwatch.status(), null);
  heapwatch.off(/** @type {any} */ ('leaks'), listener);
});

test('watcher.diagnose compares captures on demand, of a heap that stands still, too', async () => {
  const watcher = heapwatch.watch({ maxPauseMs: 60_000, maxMemoryBytes: 10 ** 12 });
  const alive = setInterval(() => {}, 10);
  const running = watcher.diagnose({ captures: 2, maxSpacingMs: 1 });
  assert.equal(watcher.status().diagnosing, true);
  const report = await running;
  clearInterval(alive);
  assert.equal(watcher.status().diagnosing, false);
  assert.equal(report.captures.length, 2);
  assert.deepEqual([report.verdict, report.growth?.pool], ['learning', 'js-heap']);
  assert.deepEqual(report.suspects, []);
});

test('watcher.diagnose ends with its signal and with the watcher', async () => {
  const watcher = heapwatch.watch({ maxPauseMs: 60_000, maxMemoryBytes: 10 ** 12 });
  const cancelled = { code: 'ERR_HEAPWATCH_CANCELLED' };
  await assert.rejects(watcher.diagnose({ signal: AbortSignal.abort() }), cancelled);
  const controller = new AbortController();
  const aborted = watcher.diagnose({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, cancelled);
  const stopped = watcher.diagnose();
  watcher.stop();
  await assert.rejects(stopped, cancelled);
});

test('gc collects at once and leaves no gc function behind', () => {
  class Garbage {}
  /** @type {WeakRef<Garbage>[]} */
  const refs = [];
  // In a function of its own, whose frame holds nothing afterwards.
  (() => {
    for (let i = 0; i < 10; i++) refs.push(new WeakRef(new Garbage()));
  })();
  return new Promise((resolve) => setImmediate(resolve)).then(() => {
    heapwatch.gc();
    assert.deepEqual(refs.filter((ref) => ref.deref() !== undefined), []);
    assert.equal(require('node:vm').runInNewContext('typeof gc'), 'undefined');
  });
});

test('a watcher works in a worker, which ends by itself with it', async () => {
  const results = await resultsOf('watch_in_worker.js');
  const [{ worker, main, exitCode }] = results;
  assert.equal(exitCode, 0);
  // Each sees its own heap.
  assert.ok(worker.afterBytes < worker.beforeBytes - 5e6, JSON.stringify(worker));
  assert.ok(worker.heapUsedBytes < 50e6 && main.heapUsedBytes > 50e6, JSON.stringify({ worker, main }));
});

test('thousands of watchers leave nothing behind: no memory, threads, descriptors, timers', async () => {
  const [{ resources, grownBytes }] = await resultsOf('watch_and_stop.js');
  assert.deepEqual(resources.after, resources.before);
  // Half a megabyte is code that V8 compiles on the way, after 1,000 cycles and after 4,000; watchers
  // that stayed would be several.
  assert.ok(grownBytes < 1_000_000, `${grownBytes} bytes`);
});

test('a process with an idle watcher and listeners ends by itself', async () => {
  const { code, stderr } = await runProgram('watch_and_end.js');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
