'use strict';

const { createHistogram } = require('node:perf_hooks');

/** @type {any} The types of the demo know less of it. */
const autocannon = require('autocannon');

/**
 * Load on a service without a break, measured slice by slice. Autocannon's own latencies are whole
 * milliseconds; here they are microseconds, to three digits.
 *
 * @typedef {{ seconds: number, requests: number, p50Ms: number, p99Ms: number }} Slice
 */

/** Longer than any benchmark: the load ends when it is stopped. */
const ENDLESS_SECONDS = 86_400;

class SlicedLoad {
  #load;
  #latencies = createHistogram();
  /** @type {{ left: number, done: () => void } | null} */
  #awaited = null;

  /**
   * @param {string} url
   * @param {number} connections
   */
  constructor(url, connections) {
    this.#load = autocannon({ url, connections, duration: ENDLESS_SECONDS }, () => {});
    this.#load.on('response', (/** @type {any[]} */ ...[, status, , ms]) => {
      if (status !== 200) throw new Error(`the service answers ${status}`);
      this.#latencies.record(Math.max(1, Math.round(ms * 1000)));
      if (this.#awaited !== null && --this.#awaited.left === 0) this.#awaited.done();
    });
  }

  /**
   * Waits for so many responses.
   *
   * @param {number} left
   * @returns {Promise<void>}
   */
  responses(left) {
    return new Promise((done) => (this.#awaited = { left, done }));
  }

  /**
   * @param {number} seconds
   * @returns {Promise<Slice>}
   */
  async slice(seconds) {
    this.#latencies.reset();
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const elapsed = (performance.now() - start) / 1000;
    const { count } = this.#latencies;
    const [p50Ms, p99Ms] = [50, 99].map((share) => this.#latencies.percentile(share) / 1000);
    return { seconds: elapsed, requests: count, p50Ms, p99Ms };
  }

  stop() {
    this.#load.stop();
  }
}

module.exports = { SlicedLoad };
