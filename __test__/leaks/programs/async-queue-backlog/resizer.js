'use strict';

/** A machine that needs its time for each picture; it says when one is done. */
class Resizer {
  #done = [];

  resize(picture, done) {
    this.#done.push(() => done(null, picture.id));
  }

  tick() {
    this.#done.shift()?.();
  }
}

module.exports = { Resizer };
