'use strict';

/**
 * The samples of a run, many of the recent and fewer of the old: when there are too many, every other
 * one of the older half goes. The first stays.
 *
 * @template T
 */
class History {
  #most;
  /** @type {T[]} */
  samples = [];

  /** @param {number} most */
  constructor(most) {
    this.#most = most;
  }

  /** @param {T} sample */
  push(sample) {
    this.samples.push(sample);
    if (this.samples.length <= this.#most) return;
    const half = this.samples.length / 2;
    this.samples = this.samples.filter((_, i) => i >= half || i % 2 === 0);
  }
}

module.exports = { History };
