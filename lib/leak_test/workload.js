'use strict';

const { nextTurn, now } = require('./clock.js');

/**
 * Runs a workload again and again: a function, an async one, or a generator, which is run to its end
 * each time. Between iterations nothing of it is kept.
 */

/** So long a workload that never waits keeps the event loop from its turns: sockets close there. */
const TURN_EVERY_MS = 20;

const GENERATORS = ['[object GeneratorFunction]', '[object AsyncGeneratorFunction]'];

class Workload {
  #fn;
  #setup;
  #teardown;
  #isGenerator;
  /** Iterations that are done. */
  iterations = 0;
  /** Milliseconds that they took. */
  ms = 0;
  isStopped = false;

  /**
   * @param {Function} fn
   * @param {{ setup?: Function, teardown?: Function }} options
   */
  constructor(fn, { setup, teardown }) {
    this.#fn = fn;
    this.#setup = setup;
    this.#teardown = teardown;
    // By name: a function of another realm is no instance of ours.
    this.#isGenerator = GENERATORS.includes(Object.prototype.toString.call(fn));
  }

  /**
   * A round: setup, iterations, teardown.
   *
   * @param {number} iterations
   */
  async round(iterations) {
    const state = await this.#setup?.();
    const start = now();
    try {
      await this.#iterate(iterations, state);
    } finally {
      this.ms += now() - start;
      await this.#teardown?.(state);
    }
  }

  /**
   * @param {number} iterations
   * @param {unknown} state what `setup` gave
   */
  async #iterate(iterations, state) {
    let turnAt = now() + TURN_EVERY_MS;
    for (let i = 0; i < iterations && !this.isStopped; i++) {
      const result = this.#fn(state);
      if (this.#isGenerator) await exhaust(result);
      // What isn't a promise isn't awaited: an iteration that makes none costs none.
      else if (isThenable(result)) await result;
      this.iterations++;
      if (now() >= turnAt) {
        await nextTurn();
        turnAt = now() + TURN_EVERY_MS;
      }
    }
  }
}

/** @param {any} value */
function isThenable(value) {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof value.then === 'function';
}

/** @param {any} generator */
async function exhaust(generator) {
  for (;;) {
    const step = generator.next();
    const { done } = isThenable(step) ? await step : step;
    if (done) return;
  }
}

module.exports = { Workload };
