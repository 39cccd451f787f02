'use strict';

/**
 * The lower envelope of what is read between two major collections.
 *
 * Buffers and external strings grow and shrink between collections, and garbage only ever adds. A
 * leak of them may see few collections, a minute or more apart, which alone are too few to judge by.
 * So readings are held until the next major collection tells what stays: whatever was read before it
 * can't have been more than that, and not more than what was read after. Lowered to the least of what
 * follows them they join the series. A leak is a ramp then, and the saw of garbage is flat.
 *
 * Memory is constant: when there are too many, neighbours become one, and later ones are gathered by
 * the same number. One reading costs O(1), a collection O(MOST).
 *
 * @typedef {{ timeMs: number, work: number | undefined, bytes: Record<string, number> }} Reading
 */

/** As many as the fast path looks at between two collections: more would only repeat them. */
const MOST = 16;

class HeldReadings {
  /** @type {Reading[]} */
  #held = [];
  /** @type {Reading | null} */
  #gathered = null;
  #count = 0;
  /** So many readings become one. */
  #stride = 1;

  /** @param {Reading} reading */
  hold(reading) {
    this.#gathered = this.#gathered === null ? reading : lower(reading, this.#gathered);
    this.#count++;
    if (this.#count < this.#stride) return;
    this.#held.push(this.#gathered);
    this.#gathered = null;
    this.#count = 0;
    if (this.#held.length === MOST) this.#thin();
  }

  /**
   * @param {Reading} floor what a major collection left
   * @returns {Reading[]} in order, the floor last
   */
  settle(floor) {
    const readings = this.#gathered === null ? this.#held : [...this.#held, this.#gathered];
    this.#held = [];
    this.#gathered = null;
    this.#count = 0;
    this.#stride = 1;
    let next = floor;
    const lowered = [floor];
    for (const reading of readings.reverse()) {
      next = lower(reading, next);
      lowered.push(next);
    }
    return lowered.reverse();
  }

  #thin() {
    this.#held = this.#held.filter((_, i) => i % 2 === 1).map((later, i) =>
      lower(later, this.#held[2 * i]),
    );
    this.#stride *= 2;
  }
}

/**
 * A reading at its own time with the lesser sizes of two.
 *
 * @param {Reading} reading
 * @param {Reading} other
 * @returns {Reading}
 */
function lower(reading, other) {
  const bytes = Object.entries(reading.bytes).map(([name, size]) => [
    name,
    Math.min(size, other.bytes[name]),
  ]);
  return { ...reading, bytes: Object.fromEntries(bytes) };
}

module.exports = { HeldReadings };
