'use strict';

/** Churns: every entry is replaced again and again. */

const BOUND = 4000;
/** @type {Map<number, { page: number[] }>} */
const pages = new Map();
let next = 0;

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    pages.set(next++, { page: [i, i + 1, i + 2, i + 3] });
    if (pages.size > BOUND) pages.delete(/** @type {number} */ (pages.keys().next().value));
  }
}

module.exports = { grow };
