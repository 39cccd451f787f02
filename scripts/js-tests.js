'use strict';

/**
 * Runs the JavaScript tests under the Node that runs this file. `node --test` understands
 * globs only from Node 21 on, so the files are listed here.
 *
 *     node scripts/js-tests.js [options of node --test]
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const TEST_FOLDER = '__test__';

/** @returns {string[]} paths from the project's root, in a fixed order */
function testFiles() {
  return fs
    .readdirSync(path.join(ROOT, TEST_FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js'))
    .sort()
    .map((file) => path.join(TEST_FOLDER, file));
}

/**
 * @param {string} node the binary; its folder comes first in the tests' PATH, so that the
 *   programs that they start run under the same Node
 * @param {string[]} [options] of node --test
 * @returns {boolean} did all tests pass?
 */
function runJsTests(node, options = []) {
  const files = testFiles();
  if (files.length === 0) {
    process.stderr.write(`no *.test.js file in ${TEST_FOLDER}\n`);
    return false;
  }
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env };
  // Set if a test runner started this: its children would report to it instead of printing.
  delete env.NODE_TEST_CONTEXT;
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  env[pathName] = `${path.dirname(node)}${path.delimiter}${env[pathName] ?? ''}`;
  const result = spawnSync(node, ['--test', ...options, ...files], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return result.status === 0;
}

if (require.main === module) {
  process.exitCode = runJsTests(process.execPath, process.argv.slice(2)) ? 0 : 1;
}

module.exports = { runJsTests };
