'use strict';

/** Messages one at a time; who asks too early waits. */
class Mailbox {
  #waiting = null;

  next() {
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  deliver(message) {
    const resolve = this.#waiting;
    this.#waiting = null;
    resolve(message);
  }
}

module.exports = { Mailbox };
