'use strict';

class Entry {
  /** @param {Entry | null} next */
  constructor(next) {
    this.next = next;
    this.payload = [1, 2, 3];
  }
}

/** @type {Entry | null} */
let newest = null;

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    // At fault: the next line.
    newest = new Entry(newest);
  }
}

const length = () => {
  let count = 0;
  for (let entry = newest; entry !== null; entry = entry.next) count++;
  return count;
};

module.exports = { grow, length };
