'use strict';

const { constants, PerformanceObserver } = require('node:perf_hooks');
const v8 = require('node:v8');

const { CollectionCounts } = require('./memwatch/collection_counts.js');

/**
 * Heap sizes right after each major collection.
 *
 * V8's GC profiler has them exactly, but only tells when it is stopped; the performance observer
 * tells at once that there was a collection, but not what was left. So the observer says when to
 * exchange the profiler for a new one. The profiler remembers 3 to 4 KB for every collection,
 * minor ones included: a timer exchanges it where there are only those.
 *
 * @typedef {{ timeMs: number, usedBytes: number, mallocedBytes: number, globalHandlesBytes: number,
 *   memwatch: import('./memwatch/collection_counts.js').MemwatchStats }} Collection what a major
 *   collection left, bytes
 */

/** Some hundred minor collections at most come together in this time: a megabyte. */
const EXCHANGE_INTERVAL_MS = 15_000;

/** Those of this isolate that run. @type {Set<InstanceType<typeof GcSampler>>} */
const running = new Set();
/** Goes on counting from one sampler to the next. */
const counts = new CollectionCounts();

class GcSampler {
  #onCollection;
  /** @type {v8.GCProfiler | null} */
  #profiler = null;
  /** @type {PerformanceObserver | null} */
  #observer = null;
  /** @type {NodeJS.Timeout | null} */
  #timer = null;

  /** @param {(collection: Collection) => void} onCollection */
  constructor(onCollection) {
    this.#onCollection = onCollection;
  }

  start() {
    running.add(this);
    this.#profiler = startedProfiler();
    this.#observer = new PerformanceObserver((list) => this.#onEntries(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#timer = setInterval(() => this.#exchange([]), EXCHANGE_INTERVAL_MS);
    this.#timer.unref();
  }

  stop() {
    running.delete(this);
    this.#observer?.disconnect();
    this.#observer = null;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#profiler?.stop();
    this.#profiler = null;
  }

  /** Tells at once of the collections so far. */
  flush() {
    this.#exchange([]);
  }

  /** Forgets the collections since the last that was told. */
  skip() {
    this.#profiler?.stop();
    this.#profiler = startedProfiler();
  }

  /**
   * Entries come late and in batches: all of them count, not just the first.
   *
   * @param {any[]} entries whose `detail` the types of this Node don't know
   */
  #onEntries(entries) {
    const major = entries.filter(
      ({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR,
    );
    if (major.length > 0) this.#exchange(major.map((entry) => entry.startTime + entry.duration));
  }

  /** @param {number[]} endTimes when major collections ended, as far as the observer knows */
  #exchange(endTimes) {
    if (this.#profiler === null) return;
    const { statistics } = this.#profiler.stop();
    this.#profiler = startedProfiler();
    const major = statistics.flatMap((collection) => {
      const memwatch = counts.add(collection);
      return memwatch === null ? [] : [{ heap: collection.afterGC.heapStatistics, memwatch }];
    });
    for (const [i, { heap, memwatch }] of major.entries()) {
      // The observer may lag behind the profiler: times belong to the collections from the end on.
      const at = endTimes.at(i - major.length) ?? performance.now();
      this.#onCollection({ ...collectionOf(heap, performance.timeOrigin + at), memwatch });
    }
  }
}

function startedProfiler() {
  const profiler = new v8.GCProfiler();
  profiler.start();
  return profiler;
}

/**
 * @param {v8.HeapStatistics} heap
 * @param {number} timeMs
 * @returns {Omit<Collection, 'memwatch'>}
 */
function collectionOf(heap, timeMs) {
  return {
    timeMs,
    usedBytes: heap.usedHeapSize,
    mallocedBytes: heap.mallocedMemory,
    globalHandlesBytes: heap.usedGlobalHandlesSize,
  };
}

/** Tells at once of the collections so far, in this isolate. */
function flush() {
  for (const sampler of running) sampler.flush();
}

/** Forgets the collections since the last that was told, in this isolate. */
function skip() {
  for (const sampler of running) sampler.skip();
}

module.exports = { GcSampler, flush, skip };
