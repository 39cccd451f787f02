'use strict';

const v8 = require('node:v8');

const native = require('./native.js');

/**
 * Collections as V8 tells native code of them: at their end, with what they left. Nothing is made for a
 * minor one, and nothing can be late or lost.
 *
 * @typedef {{ count: number, timeNs: number }} Tally
 * @typedef {object} TakenCollection a major collection
 * @property {number} ageMs since it ended
 * @property {number} costNs
 * @property {Record<string, number>} heap V8's statistics after it
 * @property {Record<string, Tally>} kinds collections since the one before, this one included, by V8's
 *   names
 *
 * @typedef {{ take(): TakenCollection[], skip(): void, stop(): void }} Collections
 */

/** @implements {Collections} */
class NotedCollections {
  #log;

  constructor() {
    const heap = v8.getHeapStatistics();
    this.#log = new native.NativeCollectionLog({
      heapSizeLimit: heap.heap_size_limit,
      nativeContexts: heap.number_of_native_contexts,
      totalGlobalHandlesSize: heap.total_global_handles_size,
    });
  }

  /** Not where native code can't hear of V8: it says so itself. */
  get isRunning() {
    return this.#log.isRunning;
  }

  /** @returns {TakenCollection[]} */
  take() {
    const taken = this.#log.take();
    return taken === null ? [] : JSON.parse(taken);
  }

  skip() {
    this.#log.skip();
  }

  stop() {
    this.#log.stop();
  }
}

module.exports = { NotedCollections };
