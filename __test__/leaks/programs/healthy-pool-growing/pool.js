'use strict';

const MAX = 12;

/** Connections with their buffers; as many as were needed at once, up to a maximum. */
class Pool {
  #idle = [];
  #count = 0;
  #waiting = [];

  async acquire() {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#count < MAX) {
      this.#count++;
      return { id: this.#count, buffer: Buffer.alloc(64 * 1024), statements: new Map() };
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(connection) {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#idle.push(connection);
  }
}

module.exports = { Pool };
