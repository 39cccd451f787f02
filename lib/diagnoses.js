'use strict';

const { CaptureSeries, firstCapture } = require('./capture_series.js');
const { HeapwatchError } = require('./errors.js');
const native = require('./native.js');

/**
 * The captures that a watcher takes and compares.
 *
 * @typedef {import('./capture_series.js').FirstCapture} FirstCapture
 */

class Diagnoses {
  #options;
  /** @type {Set<InstanceType<typeof CaptureSeries>>} */
  #running = new Set();
  /** Taken on a suspicion, for the comparison if it is confirmed. @type {FirstCapture | null} */
  #first = null;
  #firstCapture = new AbortController();
  #lastBytes = 0;

  /** @param {any} options of the watcher, checked */
  constructor(options) {
    this.#options = options;
  }

  get isRunning() {
    return this.#running.size > 0;
  }

  /**
   * Tells what the pools that captures show hold after a major collection.
   *
   * @param {number} bytes
   */
  onBytes(bytes) {
    this.#lastBytes = bytes;
    for (const series of this.#running) series.onBytes(bytes);
  }

  /** A walk is cheap enough for that; it makes the time that the captures span longer. */
  async captureOnSuspicion() {
    const { method, maxMemoryBytes } = this.#options;
    const isWalk = method === 'walk' || (method === 'auto' && native.walkUnsupported() === null);
    if (!isWalk || this.isRunning) return;
    try {
      const { signal } = this.#firstCapture;
      this.#first = await firstCapture({ maxMemoryBytes, signal });
    } catch {
      // The captures on confirmation are tried in any case, and tell why they fail.
      this.#first = null;
    }
  }

  /** The suspicion is over: what was captured on it is too old for the next. */
  forgetSuspicion() {
    this.#first = null;
  }

  /** The comparison on a confirmed leak. */
  confirm() {
    const { captures, maxSpacingMs } = this.#options;
    return this.run({ captures, maxSpacingMs, first: this.#first });
  }

  /**
   * @param {{ captures: number, maxSpacingMs: number, signal?: AbortSignal,
   *   first?: FirstCapture | null }} options
   */
  async run(options) {
    const { method, maxPauseMs, maxMemoryBytes, minGrowthBytes, maxSuspects, sources } =
      this.#options;
    if (method === 'none') {
      throw new HeapwatchError(
        'ERR_HEAPWATCH_LIMIT',
        "no capture was taken: the watcher's method is 'none'",
        { limit: 'method' },
      );
    }
    const series = new CaptureSeries({
      method,
      maxPauseMs,
      maxMemoryBytes,
      minGrowthBytes,
      maxSuspects,
      sources,
      ...options,
    });
    series.onBytes(this.#lastBytes);
    this.#running.add(series);
    try {
      // In a turn of its own: the first capture blocks the loop as soon as the series runs, and a
      // sample is being handled right now.
      await new Promise((resolve) => setImmediate(resolve));
      return await series.run();
    } finally {
      this.#running.delete(series);
    }
  }

  stop() {
    this.#firstCapture.abort();
    for (const series of this.#running) series.stop();
  }
}

module.exports = { Diagnoses };
