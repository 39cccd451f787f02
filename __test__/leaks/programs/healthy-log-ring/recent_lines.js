'use strict';

const KEPT = 2000;

/** The last lines, for the debug page. */
class RecentLines {
  #lines = new Array(KEPT);
  #next = 0;

  add(level, text) {
    this.#lines[this.#next % KEPT] = { level, text, at: this.#next };
    this.#next++;
  }

  tail(count) {
    return Array.from({ length: count }, (_, i) => this.#lines[(this.#next - 1 - i) % KEPT]);
  }
}

module.exports = { RecentLines };
