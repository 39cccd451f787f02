'use strict';

const path = require('node:path');

const { bytes } = require('../report/units.js');
const { pathText } = require('../report/path_text.js');
const { isOwnCode } = require('./held_environments.js');
const { closeLog, openLog } = require('./held_files_log.js');
const { checkLast } = require('./jest_environment.js');

/**
 * A reporter of Jest that names the test files whose environment is still held after them, and what
 * holds it.
 *
 * @typedef {import('./held_environments.js').HeldFile} HeldFile
 */

class HeldFilesReporter {
  #rootDir;
  #fail;
  /** @type {HeldFile[]} */
  #held = [];

  /**
   * @param {{ rootDir: string }} globalConfig
   * @param {{ fail?: boolean }} [options] `fail`: whether the run fails if a file leaks
   */
  constructor({ rootDir }, { fail = false } = {}) {
    this.#rootDir = rootDir;
    this.#fail = fail;
  }

  onRunStart() {
    openLog();
  }

  /**
   * @param {unknown} _contexts
   * @param {{ numTotalTestSuites: number }} results
   */
  async onRunComplete(_contexts, { numTotalTestSuites }) {
    // For files that ran in this process.
    await checkLast();
    this.#held = closeLog();
    process.stderr.write(`\n${heldFilesText(this.#held, numTotalTestSuites, this.#rootDir)}\n`);
  }

  getLastError() {
    if (!this.#fail || this.#held.length === 0) return undefined;
    return new Error(`heapwatch: test files leave something behind: ${this.#held.length}`);
  }
}

/**
 * Where a path leaves what Node, test runner and packages hold and enters the code of the file, which
 * is what should have been let go. The rest of it only leads from there to the environment.
 *
 * @param {import('../../index.js').ReportStep[]} steps
 */
function toOwnCode(steps) {
  const first = steps.findIndex(isOwnCode);
  return first < 0 ? steps : steps.slice(0, first + 1);
}

/**
 * @param {HeldFile[]} held
 * @param {number} files
 * @param {string} root
 */
function heldFilesText(held, files, root) {
  if (held.length === 0) return `heapwatch: none of ${files} test files is held after it ended`;
  const lines = [`heapwatch: ${held.length} of ${files} test files held after they ended`];
  for (const { file, bytes: kept, path: steps } of held) {
    lines.push(`  ${path.relative(root, file)} (${bytes(kept)})`);
    lines.push(`    path ${steps === null ? 'not found out' : pathText(toOwnCode(steps), root)}`);
  }
  return lines.join('\n');
}

module.exports = { HeldFilesReporter, heldFilesText };
