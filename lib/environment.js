'use strict';

const { HeapwatchError } = require('./errors.js');
const { optionError } = require('./options.js');

/**
 * Options of a watcher from environment variables: `maxPauseMs` is `HEAPWATCH_MAX_PAUSE_MS`.
 *
 * Who sets a variable is not who wrote the program, which therefore can't be broken by one: what is
 * wrong with a variable is an error to be told, and the variable counts as not set.
 */

const PREFIX = 'HEAPWATCH_';

/** @type {Record<string, (text: string) => unknown>} */
const READ = {
  text: (text) => text,
  number: numberOf,
  'number or text': (text) => (Number.isNaN(numberOf(text)) ? text : numberOf(text)),
  boolean: (text) => ({ true: true, 1: true, false: false, 0: false })[text.toLowerCase()] ?? text,
};

/** @param {string} text */
function numberOf(text) {
  return text.trim() === '' ? NaN : Number(text);
}

/** @param {string} option */
function variableOf(option) {
  return PREFIX + option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {Record<string, import('./options.js').Definition>} definitions
 * @returns {{ options: Record<string, unknown>, errors: Error[] }}
 */
function environmentOptions(environment, definitions) {
  /** @type {Record<string, unknown>} */
  const options = {};
  /** @type {Error[]} */
  const errors = [];
  for (const [name, { check, variable }] of Object.entries(definitions)) {
    const text = environment[variableOf(name)];
    if (variable === undefined || text === undefined || text === '') continue;
    const value = READ[variable](text);
    const wanted = check(value);
    if (wanted === null) options[name] = value;
    else errors.push(optionError('environment', variableOf(name), text, wanted, 'bad variable'));
  }
  return { options, errors: [...errors, ...unknownVariables(environment, definitions)] };
}

/**
 * A misspelt variable must not pass for a default. Those for others' use (tests) don't have a name
 * like an option's.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @param {Record<string, import('./options.js').Definition>} definitions
 */
function unknownVariables(environment, definitions) {
  const known = Object.keys(definitions)
    .filter((name) => definitions[name].variable !== undefined)
    .map(variableOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}TEST_`))
    .filter((name) => !known.includes(name))
    .map(
      (name) =>
        new HeapwatchError(
          'ERR_HEAPWATCH_OPTION',
          `environment: unknown variable '${name}': expected one of ${known.join(', ')}`,
          { option: name, expected: known },
        ),
    );
}

module.exports = { environmentOptions, variableOf };
