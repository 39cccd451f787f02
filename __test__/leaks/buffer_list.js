'use strict';

/** @type {Buffer[]} */
const chunks = [];

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    // At fault: the next line.
    chunks.push(Buffer.alloc(4096 + 8192 * (i % 2), 1));
  }
}

module.exports = { grow };
