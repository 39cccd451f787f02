'use strict';

const v8 = require('node:v8');
const { isMainThread } = require('node:worker_threads');

const native = require('./native.js');

/**
 * What the isolate and its process take right now, and what they may take.
 *
 * The sizes of this isolate come from V8 and Node, some ten microseconds; the process is watched by a
 * thread (native code), where there is a /proc to watch it by. Elsewhere, and if the thread is held up,
 * Node tells the resident set.
 *
 * @typedef {object} MemoryReading sizes in bytes
 * @property {number} usedBytes of the JavaScript heap
 * @property {number} arrayBuffersBytes
 * @property {number} externalBytes outside of the heap and owned by it, without array buffers
 * @property {number} mallocedBytes by V8 itself
 * @property {number} globalHandlesBytes
 * @property {number} contexts native contexts
 * @property {number} detachedContexts those of them that lost their global object
 * @property {number} rssBytes of the process
 * @property {number} lowestRssBytes since the last reading
 * @property {number} highestRssBytes since the last reading
 * @property {number | null} restBytes of the process, that no heap in it accounts for; null in a
 *   worker, which can't tell its own
 * @property {number} otherHeapsBytes of other watched isolates
 *
 * @typedef {object} MemoryLimits bytes
 * @property {number} heap the smallest limit of the JavaScript heap
 * @property {number} v8Heap V8's own
 * @property {number | null} cgroup the smallest of the whole chain
 * @property {number | null} memory the smallest limit of the process: the user's, the cgroup's, the
 *   machine's
 */

/** The thread reads every second: older than this, it is held up. */
const STALE_MS = 5000;

/** No machine has this much: the ways to write "unlimited" (2^63, 2^64) are beyond. */
const UNLIMITED = 2 ** 50;

class MemoryReader {
  #watch;
  #userLimit;
  /** @type {any} */
  #process = null;
  #v8Limit = v8.getHeapStatistics().heap_size_limit;

  /** @param {{ memoryLimitBytes?: number, blackBoxPath?: string }} options */
  constructor({ memoryLimitBytes, blackBoxPath }) {
    this.#userLimit = memoryLimitBytes ?? null;
    this.#watch = new native.NativeMemoryWatch(blackBoxPath);
    this.#process = processLimits();
  }

  /** Writes and tells of the black box, too: it is the same thread. */
  get native() {
    return this.#watch;
  }

  /** @returns {MemoryReading} */
  read() {
    const memory = process.memoryUsage();
    const heap = v8.getHeapStatistics();
    this.#v8Limit = heap.heap_size_limit;
    const ownBytes = heap.total_physical_size + memory.external;
    const watched = JSON.parse(this.#watch.take(ownBytes));
    const isWatched = typeof watched?.rss === 'number';
    if (isWatched) this.#process = watched;
    const isFresh = isWatched && watched.ageMs < STALE_MS;
    const otherHeapsBytes = watched?.otherHeaps ?? 0;
    const rest = memory.rss - ownBytes - otherHeapsBytes;
    return {
      usedBytes: heap.used_heap_size,
      arrayBuffersBytes: memory.arrayBuffers,
      externalBytes: Math.max(0, memory.external - memory.arrayBuffers),
      mallocedBytes: heap.malloced_memory,
      globalHandlesBytes: heap.used_global_handles_size,
      contexts: heap.number_of_native_contexts,
      detachedContexts: heap.number_of_detached_contexts,
      rssBytes: memory.rss,
      lowestRssBytes: isFresh ? Math.min(memory.rss, watched.lowestRss) : memory.rss,
      highestRssBytes: isFresh ? Math.max(memory.rss, watched.highestRss) : memory.rss,
      restBytes: isMainThread ? Math.max(0, rest) : null,
      otherHeapsBytes,
    };
  }

  /** @returns {MemoryLimits} */
  limits() {
    const cgroup = real(this.#process.cgroupLimit);
    const memory = least(this.#userLimit, cgroup ?? real(this.#process.totalRam));
    const heap = least(real(this.#v8Limit), memory) ?? this.#v8Limit;
    return { heap, v8Heap: this.#v8Limit, cgroup, memory };
  }

  stop() {
    this.#watch.stop();
  }
}

/** As long as the thread has read nothing. */
function processLimits() {
  const { totalRam, cgroupLimit } = JSON.parse(native.memoryLimits());
  return { totalRam, cgroupLimit };
}

/** @param {number | null} limit */
function real(limit) {
  return limit !== null && limit > 0 && limit < UNLIMITED ? limit : null;
}

/**
 * @param {number | null} a
 * @param {number | null} b
 */
function least(a, b) {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

module.exports = { MemoryReader };
