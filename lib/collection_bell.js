'use strict';

/**
 * Rings soon after a major collection, and costs nothing until then.
 *
 * V8 tells when an object has been collected. So there always is one that nobody holds; when it is gone,
 * there was a collection, and the next takes its place. The event loop has to turn for the bell to ring:
 * collections in one turn ring once.
 *
 * An observer of `gc` entries would make an object and wake the event loop for every minor collection,
 * too, and be an open handle to whoever looks for those.
 */

/**
 * An object waits for as many rings before it is left alone, so that it is old by then: a minor
 * collection may take a young one (V8 14.6), or what is young may survive a major one that has begun.
 */
const WAITING = 4;

class CollectionBell {
  /** @type {FinalizationRegistry<null> | null} */
  #registry;
  #waiting = Array.from({ length: WAITING }, () => ({}));

  /** @param {() => void} onRing */
  constructor(onRing) {
    this.#registry = new FinalizationRegistry(() => {
      if (this.#registry === null) return;
      this.#leaveOne();
      onRing();
    });
    this.#leaveOne();
  }

  stop() {
    this.#registry = null;
  }

  #leaveOne() {
    this.#waiting.push({});
    this.#registry?.register(/** @type {object} */ (this.#waiting.shift()), null);
  }
}

module.exports = { CollectionBell };
