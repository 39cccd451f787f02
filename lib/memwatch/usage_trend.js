'use strict';

/**
 * memwatch-next's summary of the heap after full collections: two moving averages, the extremes, and
 * by how many per cent the recent average is above the old one.
 *
 * Until there are as many collections as an average spans, it is the mean of all. So the first
 * collections, when a program grows in any case, move both alike and make no trend.
 */

/** Collections that the recent average spans, and the old one. memwatch's numbers. */
const RECENT = 10;
const ANCIENT = 120;
/** The extremes leave out the collections before this one: a program that starts. memwatch's, too. */
const FIRST_EXTREME = 3;

class UsageTrend {
  #count = 0;
  #recent = 0;
  #ancient = 0;
  #min = Infinity;
  #max = -Infinity;

  /** @param {number} bytes that a full collection left */
  add(bytes) {
    this.#count++;
    this.#recent += (bytes - this.#recent) / Math.min(this.#count, RECENT);
    this.#ancient += (bytes - this.#ancient) / Math.min(this.#count, ANCIENT);
    if (this.#count >= FIRST_EXTREME) {
      this.#min = Math.min(this.#min, bytes);
      this.#max = Math.max(this.#max, bytes);
    }
    const growth = (this.#recent - this.#ancient) / this.#ancient;
    return {
      usage_trend: Math.round(growth * 1000) / 10,
      estimated_base: Math.round(this.#recent),
      current_base: bytes,
      min: Math.min(this.#min, bytes),
      max: Math.max(this.#max, bytes),
    };
  }
}

module.exports = { UsageTrend };
