'use strict';

const heapwatch = require('../..');

/**
 * @typedef {import('../..').LeakInfo} LeakInfo
 * @typedef {import('../..').Stats} Stats
 */

/**
 * What the service tells the process that started it.
 *
 * @typedef {{ type: 'listening', port: number }
 *   | { type: 'stats', stats: Stats }
 *   | { type: 'suspect' }
 *   | { type: 'leak', info: LeakInfo }
 *   | { type: 'error', message: string }} Message
 */

/** @param {(message: Message) => void} tell */
function watchForLeaks(tell) {
  const watcher = heapwatch.watch({
    // Where the heap can't be walked, V8's snapshot stops the demo for seconds. A service would
    // rather not: the defaults are far smaller.
    maxPauseMs: 20_000,
    maxMemoryBytes: 1.5 * 2 ** 30,
  });
  watcher.on('stats', (stats) => tell({ type: 'stats', stats }));
  watcher.on('suspect', () => tell({ type: 'suspect' }));
  watcher.on('leak', (info) => tell({ type: 'leak', info }));
  watcher.on('error', (error) => tell({ type: 'error', message: error.message }));
  return watcher;
}

module.exports = { watchForLeaks };
