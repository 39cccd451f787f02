'use strict';

// Taken now: a test that uses fake timers later must not stop us.
const { clearInterval, setInterval } = require('node:timers');

const { CollectionBell } = require('./collection_bell.js');
const { NotedCollections } = require('./noted_collections.js');
const { ProfiledCollections } = require('./profiled_collections.js');

/**
 * Major collections, told when the event loop turns next: a bell rings, and what has been noted is taken.
 *
 * @typedef {import('./noted_collections.js').Collections} Collections
 * @typedef {import('./noted_collections.js').TakenCollection
 *   & { endedMs: number }} MajorCollection `endedMs`: on the clock of `performance.now()`
 */

/**
 * Whatever the bell missed is told in this time at the latest, and where there are only minor
 * collections, the profiler remembers some hundred of them at most: a megabyte.
 */
const FLUSH_INTERVAL_MS = 15_000;

class MajorCollections {
  #onCollection;
  /** @type {Collections | null} */
  #collections;
  #bell = new CollectionBell(() => this.flush());
  #timer = setInterval(() => this.flush(), FLUSH_INTERVAL_MS).unref();

  /**
   * @param {(collection: MajorCollection) => void} onCollection
   * @param {Collections} [collections]
   */
  constructor(onCollection, collections = heardCollections()) {
    this.#onCollection = onCollection;
    this.#collections = collections;
  }

  /** Tells at once of the collections so far. */
  flush() {
    // Before their ages are told, so that a collection may seem to end early but never late.
    const now = performance.now();
    for (const taken of this.#collections?.take() ?? []) {
      this.#onCollection({ ...taken, endedMs: now - taken.ageMs });
    }
  }

  /** Forgets the collections since the last that was told. */
  skip() {
    this.#collections?.skip();
  }

  stop() {
    this.#bell.stop();
    clearInterval(this.#timer);
    this.#collections?.stop();
    this.#collections = null;
  }
}

/** The cheapest way to hear of them. @returns {Collections} */
function heardCollections() {
  const noted = new NotedCollections();
  return noted.isRunning ? noted : new ProfiledCollections();
}

module.exports = { MajorCollections };
