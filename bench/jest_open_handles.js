'use strict';

/**
 * Whether anything of heapwatch keeps Jest from exiting: `node bench/jest_open_handles.js`. See README.md
 * here.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { machineClass } = require('./machine.js');
const { installPackages } = require('./npm_install.js');

const FOLDER = path.join(__dirname, 'out', 'jest');
const JEST = 'jest@30.5.2';
const ROOT = path.join(__dirname, '..');

/** Only ends what hangs. */
const TIMEOUT_MS = 180_000;

/** Nothing in them is stopped: that is what the tests are about. */
const TESTS = {
  'watcher.test.js': `
    test('a watcher that tells', async () => {
      const watcher = heapwatch.watch({ allocationSites: true });
      heapwatch.on('leak', () => {});
      heapwatch.expectCollected({}, 'an object');
      const told = new Promise((resolve) => watcher.once('stats', resolve));
      heapwatch.gc();
      expect((await told).heapUsedBytes).toBeGreaterThan(1e6);
    });`,
  'capture.test.js': `
    test('a capture, and a HeapDiff', async () => {
      heapwatch.watch();
      new heapwatch.HeapDiff().end();
      const graph = await heapwatch.capture();
      expect(graph.nodeCount).toBeGreaterThan(10_000);
    });`,
};

function main() {
  const failure = installPackages(FOLDER, [JEST]);
  if (failure !== null) throw new Error(failure);
  for (const [name, text] of Object.entries(TESTS)) {
    const head = `const heapwatch = require(${JSON.stringify(ROOT)});\njest.setTimeout(${TIMEOUT_MS});`;
    fs.writeFileSync(path.join(FOLDER, name), `${head}\n${text}\n`);
  }
  const jest = path.join(FOLDER, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [jest, '--detectOpenHandles', '--rootDir', FOLDER];
  const run = spawnSync(process.execPath, args, { cwd: FOLDER, encoding: 'utf8', timeout: TIMEOUT_MS });
  const isClean = !run.stderr.includes('open handle');
  console.log(`${machineClass()}\n\n${run.stderr}`);
  console.log(`passed: ${run.status === 0}; ended by itself: ${run.signal === null}; no open handle: ${isClean}`);
  if (run.status !== 0 || !isClean) process.exitCode = 1;
}

main();
