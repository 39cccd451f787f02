'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const heapwatch = require('..');
const { resultsOf, runProgram } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');

const ROOT = path.join(__dirname, '..');

test('all names can be imported by ES modules', async () => {
  const [{ names, hasDefault }] = await resultsOf('import_names.mjs');
  assert.deepEqual(names, Object.keys(heapwatch).sort());
  assert.equal(hasDefault, true);
  for (const name of ['capture', 'diagnose', 'gc', 'off', 'on', 'once', 'open', 'status', 'stop',
    'watch', 'HeapGraph', 'HeapwatchError', 'renderText']) {
    assert.ok(names.includes(name), name);
  }
});

test('a panic in native code is a rejection, silent and harmless', async () => {
  const { code, stderr, results } = await runProgram('panic.js');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const [{ errors, captured }] = results;
  assert.equal(errors.length, 10);
  for (const error of errors) {
    assert.equal(error.code, 'ERR_HEAPWATCH_INTERNAL');
    assert.equal(error.name, 'HeapwatchError');
    assert.match(error.message, /a panic for a test.*report it/);
    assert.deepEqual(error.detail, {});
  }
  assert.equal(captured, true);
});

test('errors are Errors with a code, a name, a message and detail', async () => {
  const error = await heapwatch.open('').then(() => null, (/** @type {unknown} */ reason) => reason);
  assert.ok(error instanceof heapwatch.HeapwatchError && error instanceof Error);
  assert.equal(error.code, 'ERR_HEAPWATCH_OPTION');
  assert.equal(error.name, 'HeapwatchError');
  assert.equal(typeof error.message, 'string');
  assert.equal(error.detail.option, 'file');
  assert.match(/** @type {string} */ (error.stack), /^HeapwatchError: /);
});

test('two copies of the package work in one process, each for itself', async (t) => {
  const copy = path.join(temporaryFolder(t), 'heapwatch');
  fs.mkdirSync(copy);
  const addon = fs.readdirSync(ROOT).filter((file) => file.endsWith('.node'));
  for (const part of ['index.js', 'package.json', 'lib', ...addon]) {
    fs.cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  }
  const [result] = await resultsOf('use_two_copies.js', { args: [copy] });
  assert.deepEqual(result, {
    same: false,
    nodes: [true, true],
    samples: [true, true],
    foreign: 'ERR_HEAPWATCH_OPTION',
    suspects: [[], []],
    running: [true, false],
  });
});

test('the package evaluated twice over one addon works, as in Jest', async () => {
  const [result] = await resultsOf('evaluate_twice.js');
  assert.deepEqual(result, { same: false, nodes: [true, true], running: [true, false] });
});
