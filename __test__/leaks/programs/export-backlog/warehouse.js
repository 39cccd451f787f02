'use strict';

/** A slow database: it says when a row is written. */
class Warehouse {
  #done = null;
  count = 0;

  write(_row) {
    return new Promise((resolve) => (this.#done = resolve));
  }

  async finishWrite() {
    this.count++;
    this.#done?.();
    await new Promise((turn) => setImmediate(turn));
  }
}

module.exports = { Warehouse };
