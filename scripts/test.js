'use strict';

/**
 * All tests: those of the Rust crates, those of the package under this Node, and the demo. A
 * failure of one does not hide the others.
 *
 * The crates are tested in the dev profile: it checks for overflow and debug assertions, and
 * it compiles fast, where the release profile does its whole-program optimisation once for
 * every test binary. It sets `opt-level = 1`, so that the large inputs stay affordable.
 */

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const { runEndToEndTests, runJsTests } = require('./js-tests.js');
const { say } = require('./progress.js');

function runRustTests() {
  const result = spawnSync('cargo', ['test', '--workspace', '--no-fail-fast', '--quiet'], {
    cwd: path.join(__dirname, '..'),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return result.status === 0;
}

say('testing the Rust crates ...');
const rustPassed = runRustTests();
say(`testing the package on Node ${process.versions.node} ...`);
const jsPassed = runJsTests(process.execPath, process.argv.slice(2));
say('testing the demo (about three minutes) ...');
const demoPassed = runEndToEndTests(process.execPath);

if (!rustPassed || !jsPassed || !demoPassed) {
  const failed = [
    rustPassed ? [] : 'Rust',
    jsPassed ? [] : 'JavaScript',
    demoPassed ? [] : 'end-to-end',
  ].flat();
  say(`${failed.join(' and ')} tests failed`);
  process.exitCode = 1;
}
