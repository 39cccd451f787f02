'use strict';

const { CollectionBell } = require('./collection_bell.js');
const { CollectionCounts } = require('./memwatch/collection_counts.js');
const { NotedCollections } = require('./noted_collections.js');
const { ProfiledCollections } = require('./profiled_collections.js');

/**
 * Heap sizes right after each major collection, told when the event loop turns next.
 *
 * @typedef {{ timeMs: number, usedBytes: number, mallocedBytes: number, globalHandlesBytes: number,
 *   memwatch: import('./memwatch/collection_counts.js').MemwatchStats }} Collection what a major
 *   collection left, bytes
 */

/**
 * Whatever the bell missed is told in this time at the latest, and where there are only minor
 * collections, the profiler remembers some hundred of them at most: a megabyte.
 */
const FLUSH_INTERVAL_MS = 15_000;

/** Those of this isolate that run. @type {Set<InstanceType<typeof GcSampler>>} */
const running = new Set();
/** Goes on counting from one sampler to the next. */
const counts = new CollectionCounts();

class GcSampler {
  #onCollection;
  /** @type {import('./noted_collections.js').Collections | null} */
  #collections = null;
  /** @type {InstanceType<typeof CollectionBell> | null} */
  #bell = null;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {(collection: Collection) => void} onCollection */
  constructor(onCollection) {
    this.#onCollection = onCollection;
  }

  /** @param {import('./noted_collections.js').Collections} [collections] */
  start(collections = heardCollections()) {
    running.add(this);
    this.#collections = collections;
    this.#bell = new CollectionBell(() => this.flush());
    this.#timer = setInterval(() => this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  stop() {
    running.delete(this);
    this.#bell?.stop();
    this.#bell = null;
    clearInterval(this.#timer);
    this.#collections?.stop();
    this.#collections = null;
  }

  /** Tells at once of the collections so far. */
  flush() {
    for (const taken of this.#collections?.take() ?? []) {
      const { heap, ageMs } = taken;
      this.#onCollection({
        timeMs: performance.timeOrigin + performance.now() - ageMs,
        usedBytes: heap.usedHeapSize,
        mallocedBytes: heap.mallocedMemory,
        globalHandlesBytes: heap.usedGlobalHandlesSize,
        memwatch: counts.add(taken),
      });
    }
  }

  /** Forgets the collections since the last that was told. */
  skip() {
    this.#collections?.skip();
  }
}

/** The cheapest way to hear of them. @returns {import('./noted_collections.js').Collections} */
function heardCollections() {
  const noted = new NotedCollections();
  return noted.isRunning ? noted : new ProfiledCollections();
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
