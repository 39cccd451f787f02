'use strict';

const assert = require('node:assert/strict');

/** Where a walk has to work: elsewhere it may be refused. */
const MUST_WALK =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  /** @type {any} */ (process.report.getReport()).header.glibcVersionRuntime !== undefined;

/**
 * Skips a test where there is no walk, and fails it where there has to be one.
 *
 * @param {{ skip(message: string): void }} t the test's context
 * @param {{ unsupported?: string }} result what a program told
 * @returns {boolean} was it skipped?
 */
function skippedWithoutWalk(t, { unsupported }) {
  if (unsupported === undefined) return false;
  assert.ok(!MUST_WALK, unsupported);
  t.skip(unsupported);
  return true;
}

module.exports = { MUST_WALK, skippedWithoutWalk };
