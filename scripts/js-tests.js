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

/**
 * Half of the time, tests wait for programs that they started: two files keep two cores busy, on
 * which `node --test` would run one.
 */
const FILES_AT_ONCE = '--test-concurrency=2';

/**
 * @param {string} ending
 * @returns {string[]} paths from the project's root, in a fixed order
 */
function testFiles(ending) {
  return fs
    .readdirSync(path.join(ROOT, TEST_FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.includes('node_modules'))
    .sort()
    .map((file) => path.join(TEST_FOLDER, file));
}

/**
 * Tests that take minutes: real services under real load.
 *
 * @param {string} node
 * @returns {boolean} did all tests pass?
 */
function runEndToEndTests(node) {
  return runTests(node, [], '.e2e.js');
}

/**
 * Comparisons with other tools on heaps of a million objects, made by the Node under test.
 *
 * @param {string} node
 * @returns {boolean} did all tests pass?
 */
function runParityTests(node) {
  return runTests(node, [], '.parity.js');
}

/**
 * Comparisons of walks with V8's own snapshots of the same heaps.
 *
 * @param {string} node
 * @returns {boolean} did all tests pass?
 */
function runWalkComparisons(node) {
  return runTests(node, [], '.oracle.js');
}

/**
 * A part of the corpus of leaking programs.
 *
 * @param {string} node
 * @returns {boolean} did all tests pass?
 */
function runCorpusTests(node) {
  return runTests(node, [], '.corpus.js');
}

/**
 * @param {string} node
 * @param {string[]} [options] of node --test
 * @returns {boolean} did all tests pass?
 */
function runJsTests(node, options = []) {
  return runTests(node, options, '.test.js');
}

/**
 * @param {string} node the binary; its folder comes first in the tests' PATH, so that the
 *   programs that they start run under the same Node
 * @param {string[]} options of node --test
 * @param {string} ending of the files' names
 * @returns {boolean} did all tests pass?
 */
function runTests(node, options, ending) {
  const files = testFiles(ending);
  if (files.length === 0) {
    process.stderr.write(`no *${ending} file in ${TEST_FOLDER}\n`);
    return false;
  }
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env };
  // Set if a test runner started this: its children would report to it instead of printing.
  delete env.NODE_TEST_CONTEXT;
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  env[pathName] = `${path.dirname(node)}${path.delimiter}${env[pathName] ?? ''}`;
  const result = spawnSync(node, ['--test', FILES_AT_ONCE, ...options, ...files], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return result.status === 0;
}

if (require.main === module) {
  process.exitCode = runJsTests(process.execPath, process.argv.slice(2)) ? 0 : 1;
}

module.exports = {
  runCorpusTests,
  runEndToEndTests,
  runJsTests,
  runParityTests,
  runWalkComparisons,
};
