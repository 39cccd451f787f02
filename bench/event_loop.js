'use strict';

/**
 * How long the event loop stands still, seen from within.
 */

/** How often the loop is looked at, ms: what a pause is exact to. */
const TICK_MS = 1;

/**
 * The longest time between two turns of the event loop while `work` runs. Without any work it is
 * the timer's own period and what garbage collections take.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} ms
 */
async function longestPause(work) {
  let [longest, last] = [0, performance.now()];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, TICK_MS);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return longest;
}

module.exports = { longestPause };
