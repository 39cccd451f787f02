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
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  /** @type {Promise<never>} */
  #passed;
  #startMs = now();
  #ms;

  /**
   * @param {number} ms
   * @param {() => Error} errorOf
   */
  constructor(ms, errorOf) {
    this.#ms = ms;
    this.#passed = new Promise((_, reject) => {
      this.#timer = setTimeout(() => reject(errorOf()), ms);
    });
    // Whoever races has its own copy of the rejection.
    this.#passed.catch(() => {});
  }

  /**
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  race(promise) {
    return Promise.race([promise, this.#passed]);
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
