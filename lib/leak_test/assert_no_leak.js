'use strict';

const assert = require('node:assert');

const { findLeaks } = require('./find_leaks.js');
const { leakMessage } = require('./leak_message.js');

/** Its code is one of ours. @type {new (options: object) => Error} */
const AssertionError = assert.AssertionError;

/** A leak test that failed: an AssertionError, for all runners know how to show one. */
class LeakError extends AssertionError {
  /** @param {import('../../test.js').LeakTestResult} result */
  constructor(result) {
    super({
      message: leakMessage(result),
      operator: 'assertNoLeak',
      stackStartFn: assertNoLeak,
    });
    this.code = 'ERR_HEAPWATCH_LEAK';
    // V8 wrote the stack with the code of the class.
    this.stack = this.stack?.replace('ERR_ASSERTION', this.code);
    this.detail = result;
  }
}

/**
 * @param {Function} fn
 * @param {import('../../test.js').LeakTestOptions} [options]
 * @returns {Promise<import('../../test.js').LeakTestResult>}
 */
async function assertNoLeak(fn, options) {
  const result = await findLeaks(fn, options);
  if (result.leaks.length > 0) throw new LeakError(result);
  return result;
}

module.exports = { assertNoLeak };
