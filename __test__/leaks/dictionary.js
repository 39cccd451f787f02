'use strict';

/** @type {Record<string, { number: number }>} */
const byToken = {};
let next = 0;

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    const token = `token-${next++}`;
    // At fault: the next line.
    byToken[token] = { number: i };
  }
}

module.exports = { grow };
