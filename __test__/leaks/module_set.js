'use strict';

/** @type {Set<{ address: string }>} */
const visitors = new Set();

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    // At fault: the next line.
    visitors.add({ address: `10.0.0.${i}` });
  }
}

module.exports = { grow };
