'use strict';

const { capture } = require('./capture.js');
const { HeapwatchError, errorOf } = require('./errors.js');
const native = require('./native.js');

/**
 * What the heap consists of, counted at a steady rhythm by the direct walk: a histogram of classes
 * and of what holds the most, as `jmap -histo:live` gives it, without the pause. Only numbers are
 * kept, of a bounded number of counts.
 *
 * @typedef {import('../index.js').Census} CensusEntry
 */

/** Rows of a count: what is smaller than the fiftieth class doesn't fill a heap. */
const CLASSES = 50;
const COLLECTIONS = 20;
/** Counts that are kept: two days at one an hour, eight hours at one every ten minutes. */
const HISTORY = 48;

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 };
const MIN_MS = 1000;
/** Timers take no more. */
const MAX_MS = 2 ** 31 - 1;

/**
 * @param {any} value `'30s'`, `'10m'`, `'1h'` or milliseconds
 * @returns {number} milliseconds; NaN if it is no interval
 */
function intervalMs(value) {
  if (typeof value === 'number') return value;
  const [, count, unit] = /^(\d{1,7})([smh])$/.exec(value) ?? [];
  return count === undefined ? NaN : Number(count) * UNITS[/** @type {'s'} */ (unit)];
}

/** @param {unknown} value */
function interval(value) {
  const ms = intervalMs(value);
  const expected = "milliseconds from 1000 on, or a text like '30s', '10m' or '1h'";
  return ms >= MIN_MS && ms <= MAX_MS ? null : expected;
}

class Census {
  /** @type {CensusEntry[]} */
  #history = [];
  /** @type {NodeJS.Timeout} */
  #timer;
  #controller = new AbortController();
  #isRunning = false;
  #onError;
  #maxMemoryBytes;

  /**
   * @param {{ every: number | string, maxMemoryBytes: number, onError: (error: unknown) => void }}
   *   options
   */
  constructor({ every, maxMemoryBytes, onError }) {
    this.#onError = onError;
    this.#maxMemoryBytes = maxMemoryBytes;
    this.#timer = setInterval(() => this.#count(), intervalMs(every));
    this.#timer.unref();
  }

  /** The counts so far, the oldest first. */
  get history() {
    return [...this.#history];
  }

  stop() {
    clearInterval(this.#timer);
    this.#controller.abort();
  }

  /** Counts, unless the last count still runs. Where there is no walk, once is enough to see it. */
  async #count() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      const unsupported = native.walkUnsupported();
      if (unsupported !== null) {
        clearInterval(this.#timer);
        throw errorOf(unsupported);
      }
      const entry = await count(this.#controller.signal, this.#maxMemoryBytes);
      this.#history.push(entry);
      if (this.#history.length > HISTORY) this.#history.shift();
    } catch (error) {
      const isStopped = error instanceof HeapwatchError && error.code === 'ERR_HEAPWATCH_CANCELLED';
      if (!isStopped) this.#onError(error);
    } finally {
      this.#isRunning = false;
    }
  }
}

/**
 * @param {AbortSignal} signal
 * @param {number} maxMemoryBytes
 * @returns {Promise<CensusEntry>}
 */
async function count(signal, maxMemoryBytes) {
  const graph = await capture({ method: 'walk', signal, maxMemoryBytes });
  try {
    const { takenAt, pauseMs } = graph.captureInfo;
    const classes = graph.classes({ sort: 'retained', limit: CLASSES });
    const collections = await graph.collections({ limit: COLLECTIONS, signal });
    return {
      time: /** @type {Date} */ (takenAt),
      pauseMs: /** @type {number} */ (pauseMs),
      totalSize: graph.totalSize,
      classes: classes.map(({ name, count, self, retained }) => ({ name, count, self, retained })),
      collections: collections.map(({ name, class: ofClass, size, retained }) => ({
        name,
        class: ofClass,
        size,
        retained,
      })),
    };
  } finally {
    graph.close();
  }
}

module.exports = { Census, interval };
