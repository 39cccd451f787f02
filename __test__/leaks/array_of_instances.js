'use strict';

class Job {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.steps = [number, number + 1];
  }
}

/** @type {Job[]} */
const history = [];

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    const job = new Job(i);
    // At fault: the next line.
    history.push(job);
  }
}

module.exports = { grow };
