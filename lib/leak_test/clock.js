'use strict';

/**
 * Timers and clocks of the event loop, taken when this module is loaded: fake timers that a test
 * installs later must not stop us, and our waiting must not move them.
 */

const { setImmediate, setTimeout, clearTimeout } = require('node:timers');
const { performance } = require('node:perf_hooks');

const now = performance.now.bind(performance);

/** @returns {Promise<void>} after the callbacks of this turn of the event loop */
function nextTurn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** @param {number} ms @returns {Promise<void>} */
function wait(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/**
 * Rejects a promise's successor when a time is over, without waiting for the promise.
 */
class Deadline {
  /** @type {NodeJS.Timeout} */
  #timer;
  /** Once the time is over. @type {Error | undefined} */
  #error;
  /** Rejects what races now. @type {(error: Error) => void} */
  #lose = () => {};
  #startMs = now();
  #ms;

  /**
   * @param {number} ms
   * @param {() => Error} errorOf
   */
  constructor(ms, errorOf) {
    this.#ms = ms;
    this.#timer = setTimeout(() => {
      this.#error = errorOf();
      this.#lose(this.#error);
    }, ms);
  }

  /**
   * One race at a time. Each has a promise of its own: one against which all race would keep something of
   * each race, and that would be counted as growth.
   *
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  race(promise) {
    return new Promise((resolve, reject) => {
      this.#lose = reject;
      if (this.#error !== undefined) reject(this.#error);
      promise.then(resolve, reject);
    });
  }

  get elapsedMs() {
    return now() - this.#startMs;
  }

  get leftMs() {
    return this.#ms - this.elapsedMs;
  }

  clear() {
    clearTimeout(this.#timer);
  }
}

module.exports = { Deadline, nextTurn, now, wait };
