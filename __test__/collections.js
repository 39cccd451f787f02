'use strict';

const heapwatch = require('..');

/**
 * Major collections with a time of their own, so that growth over minutes takes no minutes.
 *
 * @typedef {{ once(event: 'stats', listener: () => void): unknown }} Watching a watcher, or the module
 */

/** Only ends what hangs: a sample comes within milliseconds. */
const TIMEOUT_MS = 60_000;

let shiftMs = 0;
const { timeOrigin } = performance;
// The watcher takes the time of a collection from here.
Object.defineProperty(performance, 'timeOrigin', { get: () => timeOrigin + shiftMs });

/**
 * Collects, and waits until the watcher knows.
 *
 * @param {Watching} watching
 * @param {number} [afterMs] how long after the collection before
 * @returns {Promise<void>}
 */
function collect(watching, afterMs = 5000) {
  shiftMs += afterMs;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no stats after a collection')), TIMEOUT_MS);
    // Node tells of collections when its event loop turns next; a watcher alone does not turn it.
    const alive = setInterval(() => {}, 1);
    watching.once('stats', () => {
      clearInterval(alive);
      clearTimeout(late);
      resolve();
    });
    heapwatch.gc();
  });
}

module.exports = { collect };
