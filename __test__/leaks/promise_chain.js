'use strict';

let tail = Promise.resolve();

/** Holds up the chain, as a lock that nobody releases. */
const never = new Promise(() => {});
tail = tail.then(() => /** @type {Promise<void>} */ (never));

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    const message = { number: i, text: [i] };
    // At fault: the next line.
    tail = tail.then(() => void message.number);
  }
}

module.exports = { grow };
