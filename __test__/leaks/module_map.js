'use strict';

const receipts = new Map();
let next = 0;

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    // At fault: the next line.
    receipts.set(next++, { number: i, printed: true });
  }
}

module.exports = { grow };
