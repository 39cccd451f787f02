'use strict';

/** What a watcher lives through: collections told late or never, clocks that jump, systems without /proc. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const perfHooks = require('node:perf_hooks');
const test = require('node:test');
const v8 = require('node:v8');

const native = require('../lib/native.js');
const { resultsOf, runProgram } = require('./child_program.js');

const { NODE_PERFORMANCE_GC_MAJOR: MAJOR, NODE_PERFORMANCE_GC_MINOR: MINOR } = perfHooks.constants;

/**
 * A sampler whose collections are made up.
 *
 * @param {{ after(fn: () => void): void }} t
 */
function fakeSampler(t) {
  /** @type {any[]} */
  let statistics = [];
  /** @type {((list: any) => void) | null} */
  let observe = null;
  const real = { GCProfiler: v8.GCProfiler, PerformanceObserver: perfHooks.PerformanceObserver };
  const file = require.resolve('../lib/gc_sampler.js');
  t.after(() => {
    Object.assign(v8, { GCProfiler: real.GCProfiler });
    Object.assign(perfHooks, { PerformanceObserver: real.PerformanceObserver });
    delete require.cache[file];
  });
  Object.assign(v8, {
    GCProfiler: class {
      start() {
        statistics = [];
      }
      stop() {
        return { statistics };
      }
    },
  });
  Object.assign(perfHooks, {
    PerformanceObserver: class {
      /** @param {(list: any) => void} callback */
      constructor(callback) {
        observe = callback;
      }
      observe() {}
      disconnect() {
        observe = null;
      }
    },
  });
  delete require.cache[file];
  const { GcSampler } = require('../lib/gc_sampler.js');
  /** @type {import('../lib/gc_sampler.js').Collection[]} */
  const told = [];
  const sampler = new GcSampler((/** @type {any} */ collection) => told.push(collection));
  sampler.start();
  t.after(() => sampler.stop());
  return {
    told,
    /** @param {number} usedHeapSize @param {string} [gcType] */
    collect(usedHeapSize, gcType = 'MarkSweepCompact') {
      const heapStatistics = { usedHeapSize, mallocedMemory: 1, usedGlobalHandlesSize: 2 };
      statistics.push({ gcType, afterGC: { heapStatistics } });
    },
    /** @param {[kind: number, endTime: number][]} ends */
    tell(...ends) {
      const entries = ends.map(([kind, end]) => ({ detail: { kind }, startTime: end - 1, duration: 1 }));
      observe?.({ getEntries: () => entries });
    },
  };
}

test('collections that are told together all count, each at its time', (t) => {
  const sampler = fakeSampler(t);
  sampler.collect(10);
  sampler.collect(99, 'Scavenge');
  sampler.collect(20);
  sampler.collect(30);
  sampler.tell([MAJOR, 100], [MINOR, 150], [MAJOR, 200], [MAJOR, 300]);
  assert.deepEqual(sampler.told.map(({ usedBytes }) => usedBytes), [10, 20, 30]);
  const times = sampler.told.map(({ timeMs }) => Math.round(timeMs - performance.timeOrigin));
  assert.deepEqual(times, [100, 200, 300]);
});

test('a collection that is told late was counted with the one before, and counts once', (t) => {
  const sampler = fakeSampler(t);
  sampler.collect(10);
  sampler.collect(20);
  sampler.tell([MAJOR, 100]);
  assert.deepEqual(sampler.told.map(({ usedBytes }) => usedBytes), [10, 20]);
  sampler.tell([MAJOR, 200]);
  assert.equal(sampler.told.length, 2);
});

test('a collection that is never told counts with the next that is', (t) => {
  const sampler = fakeSampler(t);
  sampler.collect(10);
  sampler.collect(20);
  sampler.tell([MAJOR, 300]);
  const [missed, told] = sampler.told;
  assert.deepEqual([missed.usedBytes, told.usedBytes], [10, 20]);
  assert.equal(Math.round(told.timeMs - performance.timeOrigin), 300);
});

test('entries without a kind, and collections of which V8 says nothing, are none', (t) => {
  const sampler = fakeSampler(t);
  sampler.tell([MAJOR, 100]);
  sampler.tell([/** @type {any} */ (undefined), 100]);
  assert.deepEqual(sampler.told, []);
});

/**
 * What a reader says where the thread says `readings`, one after the other.
 *
 * @param {{ after(fn: () => void): void }} t
 * @param {object[]} readings
 * @param {object} [options]
 */
function readerOf(t, readings, options = {}) {
  const real = native.NativeMemoryWatch;
  const { MemoryReader } = require('../lib/memory_reader.js');
  let next = 0;
  native.NativeMemoryWatch = /** @type {any} */ (
    class {
      take() {
        return JSON.stringify(readings[Math.min(next++, readings.length - 1)]);
      }
      stop() {}
    }
  );
  t.after(() => void (native.NativeMemoryWatch = real));
  return new MemoryReader(options);
}

const READ = {
  rss: 50e6, lowestRss: 40e6, highestRss: 1e15, ageMs: 100, otherHeaps: 0, others: 0,
  totalRam: 8e9, cgroupLimit: 256e6,
};

test('without /proc, without a thread, and while it is held up, Node tells the resident set', (t) => {
  const blind = [
    null,
    { ...READ, rss: null, lowestRss: null, highestRss: null },
    { ...READ, ageMs: 60_000 },
  ];
  const reader = readerOf(t, /** @type {any} */ (blind));
  for (let i = 0; i < blind.length; i++) {
    const reading = reader.read();
    assert.ok(reading.rssBytes > 10e6);
    assert.deepEqual([reading.lowestRssBytes, reading.highestRssBytes], [reading.rssBytes, reading.rssBytes]);
    assert.ok(/** @type {number} */ (reading.restBytes) > 0);
  }
  const seeing = readerOf(t, [READ]).read();
  assert.deepEqual([seeing.lowestRssBytes, seeing.highestRssBytes], [40e6, 1e15]);
});

test('limits that mean none are none, and one that vanishes is gone', (t) => {
  const v8Heap = v8.getHeapStatistics().heap_size_limit;
  for (const cgroupLimit of [2 ** 64, 2 ** 63 - 4096, 0, null]) {
    const reader = readerOf(t, [{ ...READ, cgroupLimit }]);
    reader.read();
    assert.deepEqual(reader.limits(), { heap: Math.min(v8Heap, 8e9), v8Heap, cgroup: null, memory: 8e9 });
  }
  const vanishing = readerOf(t, [READ, { ...READ, cgroupLimit: null }]);
  vanishing.read();
  assert.deepEqual([vanishing.limits().cgroup, vanishing.limits().heap], [256e6, Math.min(v8Heap, 256e6)]);
  vanishing.read();
  assert.deepEqual([vanishing.limits().cgroup, vanishing.limits().memory], [null, 8e9]);
  const nothing = readerOf(t, [{ ...READ, totalRam: null, cgroupLimit: null }]);
  nothing.read();
  assert.deepEqual(nothing.limits(), { heap: v8Heap, v8Heap, cgroup: null, memory: null });
});

test("the user's limit counts if it is the smallest", (t) => {
  for (const [memoryLimitBytes, memory] of [[100e6, 100e6], [300e6, 256e6]]) {
    const reader = readerOf(t, [READ], { memoryLimitBytes });
    reader.read();
    assert.equal(reader.limits().memory, memory);
  }
});

test('a clock that is set back or leaps stops nothing', async () => {
  const [{ samples, ignored, states }] = await resultsOf('jump_the_clock.js');
  assert.ok(samples > 20, `${samples} samples`);
  assert.ok(ignored <= 8, `${ignored} ignored`);
  assert.ok(states.every((/** @type {string} */ state) => state === 'learning' || state === 'healthy'));
});

test('workers that end at any moment take their part of the watch with them', async () => {
  const seed = 11;
  const { code, stderr, results } = await runProgram('end_watching_workers.js', { args: [String(seed)] });
  assert.deepEqual([code, stderr], [0, ''], `seed ${seed}`);
  const [{ whileWatching, afterwards }] = results;
  if (process.platform === 'linux') assert.deepEqual([whileWatching, afterwards], [1, 0]);
});

test('workers of a cluster are labelled, and have black boxes that outlive them', async (t) => {
  const { temporaryFolder } = require('./temporary_folder.js');
  const file = path.join(temporaryFolder(t), 'box');
  const results = await resultsOf('watch_in_cluster.js', { args: [file] });
  const [first, second] = results;
  assert.deepEqual([first.label.clusterWorkerId, second.label.clusterWorkerId], [1, 2]);
  assert.equal(first.lastRun, null);
  // The second took over from the first, which was killed.
  assert.equal(second.lastRun.pid, first.label.pid);
  const left = execFileSync('ls', [path.dirname(file)], { encoding: 'utf8' });
  assert.equal(left, 'box.worker-2\n');
});
