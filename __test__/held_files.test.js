'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { nextTurn } = require('../lib/leak_test/clock.js');
const { HeldEnvironments } = require('../lib/leak_test/held_environments.js');
const { closeLog, isLogOpen, log, openLog } = require('../lib/leak_test/held_files_log.js');
const { heldFilesText } = require('../lib/leak_test/jest_reporter.js');

class Environment {
  constructor() {
    this.global = {};
  }
}

/** @type {Environment[]} */
const kept = [];

test('a file whose environment is still held after the next files is told, with the path to it', async () => {
  /** @type {any[]} */
  const told = [];
  const environments = new HeldEnvironments((held) => told.push(held));
  await environments.enter('gone.test.js', new Environment());
  kept.push(new Environment());
  await environments.enter('held.test.js', kept[0]);
  await environments.check();
  assert.equal(told.length, 0);
  await environments.check();
  assert.deepEqual(told.map(({ file }) => file), ['held.test.js']);
  assert.match(told[0].path.map((/** @type {any} */ step) => step.edge).join(), /kept/);
  await environments.check();
  assert.equal(told.length, 1);
  kept.length = 0;
});

test('what is let go one file later is not told', async () => {
  /** @type {any[]} */
  const told = [];
  const environments = new HeldEnvironments((held) => told.push(held));
  kept.push(new Environment());
  await environments.enter('late.test.js', kept[0]);
  await environments.check();
  kept.length = 0;
  await environments.check();
  assert.equal(told.length, 0);
});

test('so many files are told with a path, and those after them as surely', async () => {
  /** @type {any[]} */
  const told = [];
  const environments = new HeldEnvironments((held) => told.push(held));
  const watch = async (/** @type {string} */ file) => environments.enter(file, (kept[kept.length] = new Environment()));
  for (let i = 0; i < 6; i++) await watch(`held${i}.test.js`);
  await watch('late.test.js');
  await environments.check();
  // Gone while the others are looked at, as a context that is let go of in steps.
  const checked = environments.check();
  for (let turn = 0; turn < 3; turn++) await nextTurn();
  kept.pop();
  await checked;
  assert.deepEqual(told.map(({ file }) => file), [0, 1, 2, 3, 4, 5].map((i) => `held${i}.test.js`));
  assert.deepEqual(told.map(({ path }) => path !== null), [true, true, true, true, true, false]);
  kept.length = 0;
});

test('what no code of the program holds is told once it was there for longer', async () => {
  const told = /** @type {any[]} */ ([]);
  const environments = new HeldEnvironments((held) => told.push(held));
  const holder = /** @type {any} */ (globalThis);
  holder.late = {};
  await environments.enter('late.test.js', holder.late);
  for (let check = 0; check < 3; check++) await environments.check();
  delete holder.late;
  holder.held = {};
  await environments.enter('held.test.js', holder.held);
  for (let check = 0; check < 5; check++) await environments.check();
  assert.equal(told.length, 0);
  await environments.checkUntilKnown();
  delete holder.held;
  assert.deepEqual(told.map(({ file }) => file), ['held.test.js']);
  assert.match(told[0].path.map((/** @type {any} */ step) => step.edge).join(), /held/);
});

test('processes tell the reporter through a file, which is gone afterwards', () => {
  assert.equal(isLogOpen(), false);
  openLog();
  const held = { file: '/app/a.test.js', bytes: 7, path: null };
  log(held);
  log({ ...held, bytes: 8 });
  assert.deepEqual(closeLog(), [held, { ...held, bytes: 8 }]);
  assert.equal(isLogOpen(), false);
});

/** @param {string} name @param {string | null} edge @param {string | null} url */
function step(name, edge, url) {
  const location = url === null ? null : { url, line: 4, column: 3, original: null, package: null };
  return { class: name, edge, kind: /** @type {const} */ ('property'), location };
}

test('a held file is told with the path up to its own code', () => {
  const path = [
    step('(root)', null, null),
    step('request()', 'request', 'node:http'),
    step('Agent', 'agent', null),
    step('onFree()', 'free', '/app/test/a.test.js'),
    step('global', 'global_proxy', null),
  ];
  const text = heldFilesText([{ file: '/app/test/a.test.js', bytes: 3_100_000, path }], 200, '/app');
  assert.equal(
    text,
    [
      'heapwatch: 1 of 200 test files held after they ended',
      '  test/a.test.js (3.0 MB)',
      '    path (root) → .request request() → .agent Agent → .free onFree() (test/a.test.js:4:3)',
    ].join('\n'),
  );
  assert.equal(heldFilesText([], 3, '/app'), 'heapwatch: none of 3 test files is held after it ended');
});

