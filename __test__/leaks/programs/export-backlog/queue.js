'use strict';

/** Rows on their way to the warehouse, first in, first out. */
class WriteQueue {
  #rows = [];
  #write;
  #isDraining = false;

  constructor(write) {
    this.#write = write;
  }

  enqueue(row) {
    this.#rows.push(row); // leaks here
    if (!this.#isDraining) this.#drain();
  }

  async #drain() {
    this.#isDraining = true;
    while (this.#rows.length > 0) await this.#write(this.#rows.shift());
    this.#isDraining = false;
  }
}

module.exports = { WriteQueue };
