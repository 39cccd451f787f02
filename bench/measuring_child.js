'use strict';

/**
 * Children that measure: each a fresh process, whose result comes back as JSON over a pipe of its
 * own, so that what a measured package prints cannot spoil it.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

/** Behind stdin, stdout and stderr. */
const RESULT_DESCRIPTOR = 3;

/** The end of what a failed child said that is shown. */
const SHOWN_CHARACTERS = 2000;

/**
 * @typedef {object} ChildOptions
 * @property {string[]} [nodeOptions]
 * @property {string[]} [prefix] a command that runs the child, such as `taskset -c 1`
 * @property {number} [timeoutMs] after which the child is ended, and the measurement fails
 */

/**
 * @param {string} script
 * @param {string[]} args
 * @param {ChildOptions} [options]
 * @returns {any} what the child gave to `giveResult`
 */
function measureInChild(script, args, { nodeOptions = [], prefix = [], timeoutMs } = {}) {
  const [command, ...all] = [...prefix, process.execPath, ...nodeOptions, script, ...args];
  const child = spawnSync(command, all, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: Infinity,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const result = child.output?.[RESULT_DESCRIPTOR];
  if (/** @type {any} */ (child.error)?.code === 'ETIMEDOUT') {
    throw new Error(`not done after ${timeoutMs} ms`);
  }
  if (child.status !== 0 || !result) {
    const end = child.signal ?? `code ${child.status}`;
    throw new Error(`child ended with ${end}\n${(child.stderr ?? '').slice(-SHOWN_CHARACTERS)}`);
  }
  return JSON.parse(result);
}

/** @param {unknown} result */
function giveResult(result) {
  fs.writeSync(RESULT_DESCRIPTOR, JSON.stringify(result));
}

module.exports = { giveResult, measureInChild };
