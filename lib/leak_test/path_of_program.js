'use strict';

const path = require('node:path');

const OWN_FOLDER = path.join(__dirname, path.sep);
/** Test runners hold the tests. Besides, mocha removes all lines that name its files. */
const RUNNERS = /[\\/]node_modules[\\/](mocha|vite|vitest|@vitest|@jest|jest-[\w-]+)[\\/]|^node:internal\/test_runner/;

/**
 * A path from where the program begins: steps through the test runner and through our own objects say
 * nothing.
 *
 * @param {import('../../index.js').ReportStep[]} steps
 */
function pathOfProgram(steps) {
  const isForeign = (/** @type {string} */ url) => url.startsWith(OWN_FOLDER) || RUNNERS.test(url);
  const last = steps.findLastIndex(({ location }) => location !== null && isForeign(location.url));
  return steps.slice(last + 1);
}

module.exports = { pathOfProgram };
