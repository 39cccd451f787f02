'use strict';

/**
 * What the scripts say while they work: short lines on stderr, so that stdout stays free for
 * the result (a report, the output of a test runner). Syntax of very old Node versions, see
 * toolchain.js.
 */

/** @param {string} line */
function say(line) {
  process.stderr.write('heapwatch: ' + line + '\n');
}

/**
 * @param {string} line what is wrong and what to do
 * @returns {never}
 */
function stopWith(line) {
  process.stderr.write(line + '\n');
  process.exit(1);
}

/**
 * @param {number} startedAt a Date.now()
 * @returns {string} e.g. "12 s"
 */
function secondsSince(startedAt) {
  return Math.max(1, Math.round((Date.now() - startedAt) / 1000)) + ' s';
}

module.exports = { say, secondsSince, stopWith };
