'use strict';

const BATCH = 5000;

/** Bills are collected, and written when there are enough of them. */
class Billing {
  #batch = [];
  written = 0;

  add(bill) {
    this.#batch.push(bill);
    if (this.#batch.length < BATCH) return;
    this.written += this.#batch.length;
    this.#batch = [];
  }
}

module.exports = { Billing };
