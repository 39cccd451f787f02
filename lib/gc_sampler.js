'use strict';

const { MajorCollections } = require('./major_collections.js');
const { CollectionCounts } = require('./memwatch/collection_counts.js');

/**
 * Heap sizes right after each major collection.
 *
 * @typedef {{ timeMs: number, usedBytes: number, mallocedBytes: number, globalHandlesBytes: number,
 *   memwatch: import('./memwatch/collection_counts.js').MemwatchStats }} Collection what a major
 *   collection left, bytes
 */

/** Those of this isolate that run. @type {Set<InstanceType<typeof GcSampler>>} */
const running = new Set();
/** Goes on counting from one sampler to the next. */
const counts = new CollectionCounts();

class GcSampler {
  #onCollection;
  /** @type {InstanceType<typeof MajorCollections> | null} */
  #collections = null;

  /** @param {(collection: Collection) => void} onCollection */
  constructor(onCollection) {
    this.#onCollection = onCollection;
  }

  /** @param {import('./noted_collections.js').Collections} [collections] */
  start(collections) {
    running.add(this);
    this.#collections = new MajorCollections((collection) => this.#tell(collection), collections);
  }

  stop() {
    running.delete(this);
    this.#collections?.stop();
    this.#collections = null;
  }

  /** Tells at once of the collections so far. */
  flush() {
    this.#collections?.flush();
  }

  /** Forgets the collections since the last that was told. */
  skip() {
    this.#collections?.skip();
  }

  /** @param {import('./major_collections.js').MajorCollection} collection */
  #tell(collection) {
    const { heap, endedMs } = collection;
    this.#onCollection({
      timeMs: performance.timeOrigin + endedMs,
      usedBytes: heap.usedHeapSize,
      mallocedBytes: heap.mallocedMemory,
      globalHandlesBytes: heap.usedGlobalHandlesSize,
      memwatch: counts.add(collection),
    });
  }
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
