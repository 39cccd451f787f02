'use strict';

/**
 * Errors of heapwatch. Native code hands them over as data (code, message, detail); here they
 * become Error objects, in one place for sync and async calls.
 */

// Taken now: a test that uses fake timers later must not stop us.
const { setImmediate } = require('node:timers');

/** @typedef {import('../index.js').ErrorCode} ErrorCode */

class HeapwatchError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message what happened and what to do
   * @param {Record<string, unknown>} [detail]
   */
  constructor(code, message, detail = {}) {
    super(message);
    this.name = 'HeapwatchError';
    /** @type {ErrorCode} */
    this.code = code;
    /** @type {Record<string, unknown>} */
    this.detail = detail;
  }
}

/**
 * @param {{ code: string, message: string, detail: string | Record<string, unknown> }} failure
 * @returns {HeapwatchError}
 */
function errorOf(failure) {
  const detail = typeof failure.detail === 'string' ? JSON.parse(failure.detail) : failure.detail;
  return new HeapwatchError(/** @type {ErrorCode} */ (failure.code), failure.message, detail);
}

/**
 * The value of a sync native call.
 *
 * @param {string} answer JSON, `{"ok": value}` or `{"error": failure}`
 * @returns {any}
 */
function valueOf(answer) {
  const parsed = JSON.parse(answer);
  if ('error' in parsed) throw errorOf(parsed.error);
  return parsed.ok;
}

/**
 * The result of an async native call. Progress and result come to the event loop by two ways, and
 * the result may be the first: it waits one turn, so that no progress is told after it.
 *
 * @param {Promise<import('./native.js').Settled>} promise
 * @returns {Promise<import('./native.js').Settled>}
 */
async function settled(promise) {
  const result = await promise;
  await new Promise((resolve) => setImmediate(resolve));
  if (result.error) throw errorOf(result.error);
  return result;
}

module.exports = { HeapwatchError, errorOf, valueOf, settled };
