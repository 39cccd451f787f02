'use strict';

const { findRetainingPath, retainedMessage } = require('./collected.js');
const { findLeaks } = require('./find_leaks.js');
const { countInstances } = require('./instances.js');
const { leakMessage } = require('./leak_message.js');

/**
 * Matchers of Jest and Vitest, one for each function of `heapwatch/test`.
 *
 * @typedef {{ pass: boolean, message: () => string }} Outcome
 */

/**
 * @param {any} fn
 * @param {import('../../test.js').LeakTestOptions} [options]
 * @returns {Promise<Outcome>}
 */
async function toLeak(fn, options) {
  const result = await findLeaks(fn, options);
  const pass = result.leaks.length > 0;
  const rounds = result.rounds[0].join(', ');
  return {
    pass,
    message: () =>
      pass
        ? leakMessage(result)
        : `expected a leak, but nothing grew with rounds of ${rounds} iterations (seed ${result.seed})`,
  };
}

/**
 * @param {unknown} subject
 * @returns {Promise<Outcome>}
 */
async function toBeCollected(subject) {
  const result = await findRetainingPath(subject);
  return {
    pass: result.isCollected,
    message: () => (result.isCollected ? 'the object is collected' : retainedMessage(result)),
  };
}

/**
 * @param {any} ofClass
 * @param {number} expected
 * @returns {Promise<Outcome>}
 */
async function toHaveInstances(ofClass, expected) {
  const found = await countInstances(ofClass);
  const name = ofClass.name || 'the class';
  return {
    pass: found === expected,
    message: () => `expected ${expected} instances of ${name}, found ${found}`,
  };
}

module.exports = { toBeCollected, toHaveInstances, toLeak };
