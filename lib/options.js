'use strict';

const { HeapwatchError } = require('./errors.js');

/**
 * Options have one definition, with defaults, and are checked in one place. Unknown keys are
 * refused by name: a misspelt threshold must not pass for a default.
 *
 * @typedef {(value: any) => string | null} Check what the value should be, if it isn't
 * @typedef {{ check: Check, default?: unknown,
 *   variable?: 'text' | 'number' | 'number or text' | 'boolean' }} Definition `variable`: how it reads
 *   from an environment variable
 */

/**
 * @param {number} min
 * @param {number} max
 * @returns {Check}
 */
const number = (min, max) => (value) =>
  typeof value === 'number' && value >= min && value <= max
    ? null
    : `a number from ${min} to ${max}`;

/**
 * @param {number} min
 * @param {number} max
 * @returns {Check}
 */
const integer = (min, max) => (value) =>
  Number.isInteger(value) && value >= min && value <= max
    ? null
    : `a whole number from ${min} to ${max}`;

/** @type {Check} */
const boolean = (value) => (typeof value === 'boolean' ? null : 'true or false');

/** @type {Check} */
const callback = (value) => (typeof value === 'function' ? null : 'a function');

/** @type {Check} */
const text = (value) => (typeof value === 'string' ? null : 'a string');

/** @type {Check} */
const filePath = (value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0')
    ? null
    : 'a path as a string, not empty and without null bytes';

/** By shape: a signal of another realm (a vm context, Jest) is as good. */
const signal = (/** @type {any} */ value) =>
  typeof value === 'object' &&
  value !== null &&
  typeof value.aborted === 'boolean' &&
  typeof value.addEventListener === 'function'
    ? null
    : 'an AbortSignal';

/**
 * @param {...string} allowed
 * @returns {Check}
 */
const oneOf =
  (...allowed) =>
  (value) =>
    allowed.includes(value) ? null : `one of ${allowed.map((one) => `'${one}'`).join(', ')}`;

/**
 * Checks options and fills in defaults.
 *
 * @param {string} of whose options, for messages
 * @param {unknown} given
 * @param {Record<string, Definition>} definitions
 * @returns {any}
 */
function checkOptions(of, given, definitions) {
  if (given === undefined) given = {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw optionError(of, 'options', given, 'an object');
  }
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const [name, definition] of Object.entries(definitions)) {
    options[name] = definition.default;
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(definitions, name)) {
      const known = Object.keys(definitions).join(', ');
      throw optionError(of, name, value, `one of the options: ${known}`, 'unknown option');
    }
    if (value === undefined) continue;
    const wanted = definitions[name].check(value);
    if (wanted !== null) throw optionError(of, name, value, wanted);
    options[name] = value;
  }
  return options;
}

/**
 * @param {string} of
 * @param {string} option
 * @param {unknown} found
 * @param {string} expected
 * @param {string} [what]
 */
function optionError(of, option, found, expected, what = 'bad option') {
  return new HeapwatchError(
    'ERR_HEAPWATCH_OPTION',
    `${of}: ${what} '${option}': expected ${expected}, found ${describe(found)}`,
    { option, expected },
  );
}

/**
 * The type and, if it is short and plain, the value.
 *
 * @param {unknown} value
 */
function describe(value) {
  if (value === null) return 'null';
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}

module.exports = {
  boolean,
  callback,
  checkOptions,
  filePath,
  integer,
  number,
  oneOf,
  optionError,
  signal,
  text,
};
