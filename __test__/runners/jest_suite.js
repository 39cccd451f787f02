'use strict';

/**
 * A suite of 200 test files in Jest, one of which leaves something behind: the reporter names it, and what
 * holds it. Once in one process and once in workers; a suite without a leak has none.
 *
 *     node __test__/runners/jest_suite.js
 *
 * Needs the network, and the addon built. Takes some minutes.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { install, pack, run } = require('./fresh_project.js');

const FILES = 200;
/** In the middle: the last files of a worker have nobody after them who looks. */
const LEAKING = 97;

const CLEAN_TEST = `'use strict';
const { sum } = require('./sum.js');
test('a sum', () => expect(sum(1, 2)).toBe(3));
`;

const LEAKING_TEST = `'use strict';
const { globalAgent } = require('node:http');
const sessions = [{ user: 'ann' }];
function countSessions() {
  return sessions.length;
}
test('a listener', () => {
  if (process.env.LEAK !== undefined) globalAgent.on('free', countSessions);
  expect(countSessions()).toBe(1);
});
`;

/** @param {string} folder */
function writeTests(folder) {
  fs.writeFileSync(path.join(folder, 'sum.js'), 'exports.sum = (a, b) => a + b;\n');
  for (let i = 0; i < FILES; i++) {
    fs.writeFileSync(path.join(folder, `case${i}.test.js`), i === LEAKING ? LEAKING_TEST : CLEAN_TEST);
  }
}

/**
 * @param {string} folder
 * @param {string} how
 * @param {NodeJS.ProcessEnv} env
 */
function report(folder, how, env) {
  const start = Date.now();
  const { stdout, stderr } = run(folder, ['jest', how], env);
  const at = stderr.indexOf('heapwatch:');
  assert.notEqual(at, -1, stdout + stderr);
  const text = stderr.slice(at).split('\n\n')[0];
  process.stdout.write(`jest ${how} (${((Date.now() - start) / 1000).toFixed(1)} s)\n${text}\n\n`);
  return text;
}

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapwatch-suite-'));
  try {
    const project = path.join(folder, 'project');
    const jest = {
      testEnvironment: 'heapwatch/jest-environment',
      reporters: ['default', 'heapwatch/jest-reporter'],
    };
    install(project, { packages: ['jest@30'], files: {}, manifest: { jest } }, pack(folder));
    writeTests(project);
    for (const how of ['--runInBand', '--maxWorkers=2']) {
      const leaking = report(project, how, { LEAK: '1' });
      assert.match(leaking, new RegExp(`1 of ${FILES} test files held`));
      assert.match(leaking, new RegExp(`case${LEAKING}\\.test\\.js \\([\\d.]+ [KM]B\\)`));
      assert.match(leaking, new RegExp(`\\.free .*countSessions\\(\\) \\(case${LEAKING}\\.test\\.js:`));
      assert.match(report(project, how, {}), /none of 200 test files/);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main();
