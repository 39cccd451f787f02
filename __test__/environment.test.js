'use strict';

/** Options from the environment, and watching programs that don't ask for it. */

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');

const { environmentOptions, variableOf } = require('../lib/environment.js');
const { WATCH_OPTIONS } = require('../lib/watch_options.js');
const { runProgram } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');

const ROOT = path.join(__dirname, '..');

/** @param {NodeJS.ProcessEnv} environment */
const read = (environment) => environmentOptions(environment, WATCH_OPTIONS);

test('each option but work has a variable, which is read as what the option is', () => {
  const { options, errors } = read({
    HEAPWATCH_METHOD: 'walk',
    HEAPWATCH_CAPTURES: '2',
    HEAPWATCH_MAX_PAUSE_MS: '1e3',
    HEAPWATCH_MAX_MEMORY_BYTES: 'Infinity',
    HEAPWATCH_CENSUS: '10m',
    HEAPWATCH_SOURCES: 'False',
    HEAPWATCH_FAST_LEVEL_FRACTION: '0.5',
    HEAPWATCH_BLACK_BOX: '/var/lib/app/box',
    HEAPWATCH_MAX_SUSPECTS: '',
    HEAPWATCH_TEST_OF_OURS: 'x',
    PATH: '/bin',
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(options, {
    method: 'walk',
    captures: 2,
    maxPauseMs: 1000,
    maxMemoryBytes: Infinity,
    census: '10m',
    sources: false,
    fastLevelFraction: 0.5,
    blackBox: '/var/lib/app/box',
  });
  assert.deepEqual(read({ HEAPWATCH_CENSUS: '60000' }).options, { census: 60_000 });
  const without = Object.keys(WATCH_OPTIONS).filter((name) => !WATCH_OPTIONS[name].variable);
  assert.deepEqual(without, ['work']);
  assert.equal(variableOf('minGrowthBytesPerHour'), 'HEAPWATCH_MIN_GROWTH_BYTES_PER_HOUR');
});

test('a variable that is wrong is an error with its name, and not set', () => {
  const wrong = {
    HEAPWATCH_METHOD: 'fast',
    HEAPWATCH_CAPTURES: '2.5',
    HEAPWATCH_MAX_PAUSE_MS: '1s',
    HEAPWATCH_MAX_SPACING_MS: '0',
    HEAPWATCH_COOLDOWN_MS: ' ',
    HEAPWATCH_SOURCES: 'maybe',
    HEAPWATCH_CENSUS: 'often',
    HEAPWATCH_MAXPAUSE: '1',
    HEAPWATCH_WORK: '1',
  };
  const { options, errors } = read(wrong);
  assert.deepEqual(options, {});
  const names = errors.map((/** @type {any} */ { code, detail }) => [code, detail.option]);
  assert.deepEqual(names.sort(), Object.keys(wrong).map((name) => ['ERR_HEAPWATCH_OPTION', name]).sort());
  for (const [i, error] of errors.entries()) {
    assert.match(error.message, new RegExp(/** @type {any} */ (errors[i]).detail.option));
  }
});

for (const flag of ['--require', '--import']) {
  test(`${flag} heapwatch/register watches main thread and workers`, async (t) => {
    const { code, stderr, results } = await runProgram('registered.js', {
      nodeArgs: [flag, 'heapwatch/register'],
      cwd: ROOT,
      env: {
        HEAPWATCH_MEMORY_LIMIT_BYTES: '123456789',
        HEAPWATCH_BLACK_BOX: path.join(temporaryFolder(t), 'box'),
      },
    });
    assert.deepEqual([code, stderr], [0, '']);
    const [{ own, inWorker, isMine, warnings }] = results;
    assert.equal(own.running, true);
    assert.equal(own.limits.memoryBytes, 123456789);
    assert.deepEqual([own.label.threadId, own.label.isMainThread], [0, true]);
    assert.deepEqual([inWorker.running, inWorker.label.isMainThread], [true, false]);
    assert.ok(inWorker.label.threadId > 0 && inWorker.label.pid === own.label.pid);
    assert.deepEqual([isMine, warnings], [true, []]);
  });
}

test('register with variables that are wrong warns, and the program runs', async () => {
  const { code, stderr, results } = await runProgram('registered.js', {
    nodeArgs: ['--no-warnings', '--require', 'heapwatch/register'],
    cwd: ROOT,
    env: { HEAPWATCH_CAPTURES: 'many', HEAPWATCH_NONE: '1' },
  });
  assert.deepEqual([code, stderr], [0, '']);
  const [{ own, warnings }] = results;
  assert.equal(own.running, true);
  const heard = warnings.filter((/** @type {any} */ { name }) => name === 'HeapwatchError');
  const codes = heard.map((/** @type {any} */ one) => one.code);
  assert.deepEqual(codes, ['ERR_HEAPWATCH_OPTION', 'ERR_HEAPWATCH_OPTION']);
  assert.match(heard[0].message, /HEAPWATCH_CAPTURES.*a whole number from 2 to 4, found 'many'/);
});

test('a leak that nobody listens for is a process warning', async () => {
  const { code, stderr, results } = await runProgram('leak_unknowingly.js', {
    nodeArgs: ['--no-warnings', '--max-old-space-size=1024', '--require', 'heapwatch/register'],
    cwd: ROOT,
    env: {
      HEAPWATCH_METHOD: 'none',
      HEAPWATCH_FAST_GROWTH_FRACTION: '0.0025',
      HEAPWATCH_FAST_RUNWAY_MS: String(4 * 3_600_000),
    },
  });
  assert.deepEqual([code, stderr], [0, '']);
  const [{ heard }] = results;
  assert.deepEqual([heard.name, heard.code], ['HeapwatchLeak', 'HEAPWATCH_LEAK']);
  assert.match(heard.message, /^JavaScript heap growth of \d/);
});

test('what a program gives counts more than the environment', async () => {
  const { code, stdout, stderr } = await runProgram('print_limits.js', {
    args: [JSON.stringify({ memoryLimitBytes: 2e8 })],
    env: { HEAPWATCH_MEMORY_LIMIT_BYTES: '1e8' },
  });
  assert.deepEqual([code, stderr, stdout], [0, '', '200000000\n']);
  const fromEnvironment = await runProgram('print_limits.js', {
    args: ['{}'],
    env: { HEAPWATCH_MEMORY_LIMIT_BYTES: '1e8' },
  });
  assert.equal(fromEnvironment.stdout, '100000000\n');
});
