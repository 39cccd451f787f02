'use strict';

const crypto = require('node:crypto');

const { callback, checkOptions, integer, number, optionError } = require('../options.js');

/**
 * Options of leak tests; index.d.ts of `heapwatch/test` says what they mean.
 */

const TRACKED = ['objects', 'buffers', 'listeners', 'timers', 'handles'];

/** Node's timers take no longer ones. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** By what it is called: a regular expression of another realm (Jest) is as good. */
const isRegExp = (/** @type {unknown} */ value) =>
  Object.prototype.toString.call(value) === '[object RegExp]';

/** @type {import('../options.js').Check} */
const patterns = (value) =>
  Array.isArray(value) && value.every((one) => (typeof one === 'string' && one !== '') || isRegExp(one))
    ? null
    : 'an array of strings and regular expressions';

/** @type {import('../options.js').Check} */
const tracked = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => TRACKED.includes(one))
    ? null
    : `an array of ${TRACKED.map((one) => `'${one}'`).join(', ')}`;

const OPTIONS = {
  iterations: { check: integer(20, 10_000_000) },
  rounds: { check: integer(4, 8), default: 5 },
  warmup: { check: integer(0, 10_000_000), default: 10 },
  minBytes: { check: number(0, Infinity), default: 0 },
  perIteration: { check: number(1e-6, Infinity), default: 0.5 },
  allow: { check: patterns, default: [] },
  timeout: { check: integer(100, MAX_TIMEOUT_MS), default: 60_000 },
  seed: { check: integer(0, 2 ** 32 - 1) },
  track: { check: tracked, default: TRACKED },
  setup: { check: callback },
  teardown: { check: callback },
};

/**
 * @param {string} of
 * @param {unknown} workload
 * @param {unknown} given
 */
function checkLeakTest(of, workload, given) {
  if (typeof workload !== 'function') {
    throw optionError(of, 'fn', workload, 'a function that does the work once', 'bad argument');
  }
  const options = checkOptions(of, given, OPTIONS);
  options.seed ??= crypto.randomInt(2 ** 32);
  return options;
}

module.exports = { checkLeakTest };
