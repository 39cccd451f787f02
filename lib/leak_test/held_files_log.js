'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * How workers of a test runner tell its reporter which files are held: a line of JSON for each, in a file
 * that all of them append to. Workers inherit where it is.
 *
 * @typedef {import('./held_environments.js').HeldFile} HeldFile
 */

const VARIABLE = 'HEAPWATCH_HELD_FILES';

/** For the reporter, before workers start. */
function openLog() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapwatch-'));
  process.env[VARIABLE] = path.join(folder, 'held.jsonl');
}

/** Whether a reporter wants to know. */
function isLogOpen() {
  return process.env[VARIABLE] !== undefined;
}

/** @param {HeldFile} held */
function log(held) {
  fs.appendFileSync(/** @type {string} */ (process.env[VARIABLE]), `${JSON.stringify(held)}\n`);
}

/** @returns {HeldFile[]} */
function closeLog() {
  const file = /** @type {string} */ (process.env[VARIABLE]);
  delete process.env[VARIABLE];
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
  fs.rmSync(path.dirname(file), { recursive: true, force: true });
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

module.exports = { closeLog, isLogOpen, log, openLog };
