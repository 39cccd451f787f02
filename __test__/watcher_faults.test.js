'use strict';

/** What a watcher lives through: collections told late or never, clocks that jump, systems without /proc. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const v8 = require('node:v8');

const { CollectionBell } = require('../lib/collection_bell.js');
const { collector, gc } = require('../lib/forced_gc.js');
const { GcSampler } = require('../lib/gc_sampler.js');
const native = require('../lib/native.js');
const { NotedCollections } = require('../lib/noted_collections.js');
const { ProfiledCollections } = require('../lib/profiled_collections.js');
const { resultsOf, runProgram } = require('./child_program.js');
const { MUST_WALK } = require('./where_walks_work.js');

/** @typedef {import('../lib/noted_collections.js').TakenCollection} TakenCollection */

/**
 * A sampler whose collections are made up.
 *
 * @param {{ after(fn: () => void): void }} t
 */
function fakeSampler(t) {
  /** @type {import('../lib/gc_sampler.js').Collection[]} */
  const told = [];
  /** @type {TakenCollection[]} */
  let pending = [];
  const sampler = new GcSampler((collection) => told.push(collection));
  sampler.start({ take: () => pending.splice(0), skip: () => (pending = []), stop: () => {} });
  t.after(() => sampler.stop());
  /** @param {number} usedHeapSize @param {number} ageMs */
  const collect = (usedHeapSize, ageMs) => {
    const tally = { count: 1, timeNs: 5 };
    const kinds = { MarkSweepCompact: tally, Scavenge: { count: 3, timeNs: 6 }, Unknown: tally };
    pending.push({ ageMs, costNs: 5, heap: { usedHeapSize }, kinds });
  };
  return { sampler, told, collect };
}

test('collections that are told together all count, each at its time', (t) => {
  const { sampler, told, collect } = fakeSampler(t);
  collect(10, 3000);
  collect(20, 2000);
  collect(30, 0);
  sampler.flush();
  assert.deepEqual(told.map(({ usedBytes }) => usedBytes), [10, 20, 30]);
  const [first, second, third] = told.map(({ timeMs }) => timeMs);
  assert.deepEqual([second - first, third - second].map((ms) => Math.round(ms / 100)), [10, 20]);
  const counts = told.map(({ memwatch }) => [memwatch.num_full_gc, memwatch.num_inc_gc]);
  const [full, other] = counts[0];
  assert.deepEqual(counts, [[full, other], [full + 1, other + 4], [full + 2, other + 8]]);
  const scavenges = told.map(({ memwatch }) => memwatch.gcScavengeCount);
  assert.deepEqual(scavenges, [0, 3, 6].map((more) => scavenges[0] + more));
  sampler.flush();
  assert.equal(told.length, 3);
});

test('what is skipped, or comes after the end, is not told', (t) => {
  const { sampler, told, collect } = fakeSampler(t);
  collect(10, 0);
  sampler.skip();
  sampler.flush();
  collect(20, 0);
  sampler.stop();
  sampler.flush();
  assert.deepEqual(told, []);
});

test("what native code hears of collections is what V8's profiler tells", (t) => {
  const profiled = new ProfiledCollections();
  const noted = new NotedCollections();
  t.after(() => {
    profiled.stop();
    noted.stop();
  });
  if (MUST_WALK) assert.ok(noted.isRunning);
  if (!noted.isRunning) return t.skip('not on this system');
  for (let i = 0; i < 3; i++) {
    /** @type {any} */ (collector())({ type: 'minor' });
    gc();
  }
  const [ours, theirs] = [noted.take(), profiled.take()];
  assert.equal(ours.length, theirs.length);
  for (const [i, { heap, kinds, costNs, ageMs }] of ours.entries()) {
    assert.ok(costNs > 0 && ageMs >= 0);
    for (const [name, value] of Object.entries(heap)) assert.equal(value, theirs[i].heap[name], name);
    assert.ok(kinds.Scavenge.count > 0 || kinds.MinorMarkSweep.count > 0);
    for (const [kind, { count }] of Object.entries(kinds)) {
      assert.equal(count, theirs[i].kinds[kind]?.count ?? 0, kind);
    }
  }
  assert.deepEqual(noted.take(), []);
  gc();
  noted.skip();
  profiled.skip();
  assert.deepEqual([noted.take(), profiled.take()], [[], []]);
});

test('where statistics are not laid out as they are known to be, native code hears nothing', () => {
  const heap = v8.getHeapStatistics();
  const known = {
    heapSizeLimit: heap.heap_size_limit,
    nativeContexts: heap.number_of_native_contexts,
    totalGlobalHandlesSize: heap.total_global_handles_size,
  };
  for (const name of Object.keys(known)) {
    const log = new native.NativeCollectionLog({ ...known, [name]: 7 });
    assert.equal(log.isRunning, false, name);
    gc();
    assert.equal(log.take(), null);
  }
});

test('without native code a sampler hears of collections by the profiler', async (t) => {
  t.mock.getter(native.NativeCollectionLog.prototype, 'isRunning', () => false);
  /** @type {number[]} */
  const told = [];
  const sampler = new GcSampler(({ usedBytes }) => told.push(usedBytes));
  sampler.start();
  t.after(() => sampler.stop());
  gc();
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(told[0] > 1e6, `${told[0]}`);
});

test('a bell rings after each collection, and not when it is stopped', async () => {
  let rings = 0;
  const bell = new CollectionBell(() => rings++);
  for (let i = 1; i <= 20; i++) {
    gc();
    while (rings < i) await new Promise((resolve) => setImmediate(resolve));
  }
  const other = await new Promise((resolve) => {
    bell.stop();
    const second = new CollectionBell(() => resolve(second));
    gc();
    setImmediate(() => {});
  });
  other.stop();
  assert.equal(rings, 20);
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
