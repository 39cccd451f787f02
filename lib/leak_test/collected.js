'use strict';

const assert = require('node:assert');

const { captureAwaited } = require('../capture.js');
const { gc } = require('../forced_gc.js');
const { addPaths } = require('../expected_objects.js');
const { optionError } = require('../options.js');
const { OverdueObjects } = require('../overdue_objects.js');
const { pathText } = require('../report/path_text.js');
const { nextTurn, now } = require('./clock.js');
const { pathOfProgram } = require('./path_of_program.js');

/**
 * Whether an object is collected once nothing of the program should hold it, and if not, what does.
 */

/** Collections and turns of the event loop: promises and finalization registries let go one by one. */
const ATTEMPTS = 8;

/**
 * @param {unknown} subject a WeakRef, or a function that makes the object
 * @returns {Promise<import('../../test.js').CollectedResult>}
 */
async function findRetainingPath(subject) {
  const ref = await refOf(subject);
  if (!(await isHeld(ref))) return { isCollected: true, path: null };
  return { isCollected: false, path: await pathTo(ref) };
}

/**
 * Whether an object outlives some collections.
 *
 * @param {WeakRef<object>} ref
 */
async function isHeld(ref) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Looking at a WeakRef keeps its object until the event loop turns.
    await nextTurn();
    gc();
    await nextTurn();
    if (isGone(ref)) return false;
  }
  return true;
}

/** @param {WeakRef<object>} ref */
function isGone(ref) {
  return ref.deref() === undefined;
}

/** @param {any} subject */
async function refOf(subject) {
  if (typeof subject === 'function') return makeRef(await subject());
  // By shape: one of another realm is as good.
  if (typeof subject?.deref === 'function') return subject;
  const wanted = 'a WeakRef, or a function that makes the object: who has the object itself holds it';
  throw optionError('assertCollected', 'subject', subject, wanted, 'bad argument');
}

/** @param {any} object */
function makeRef(object) {
  try {
    return new WeakRef(object);
  } catch {
    throw optionError('assertCollected', 'subject', object, 'a function that gives an object');
  }
}

/**
 * What holds an object.
 *
 * @param {WeakRef<object>} ref
 */
async function pathTo(ref) {
  // Whoever looked at it kept it until the event loop turns.
  await nextTurn();
  const overdue = new OverdueObjects();
  overdue.add(ref, 'object', now(), { collections: ATTEMPTS, options: { pathCooldownMs: 0 } });
  const graph = await captureAwaited();
  try {
    await addPaths(graph, [overdue]);
  } finally {
    graph.close();
  }
  return overdue.infos()[0].path;
}

/**
 * @param {unknown} subject
 * @returns {Promise<void>}
 */
async function assertCollected(subject) {
  const result = await findRetainingPath(subject);
  if (!result.isCollected) throw new RetainedError(result);
}

/** @param {import('../../test.js').CollectedResult} result */
function retainedMessage({ path }, root = process.cwd()) {
  const shown = path === null ? 'what holds it could not be found out' : pathText(pathOfProgram(path), root);
  return `the object is not collected\n    path     ${shown}`;
}

/** Its code is one of ours. @type {new (options: object) => Error} */
const AssertionError = assert.AssertionError;

class RetainedError extends AssertionError {
  /** @param {import('../../test.js').CollectedResult} result */
  constructor(result) {
    super({
      message: retainedMessage(result),
      operator: 'assertCollected',
      stackStartFn: assertCollected,
    });
    this.code = 'ERR_HEAPWATCH_LEAK';
    // V8 wrote the stack with the code of the class.
    this.stack = this.stack?.replace('ERR_ASSERTION', this.code);
    this.detail = result;
  }
}

module.exports = { assertCollected, findRetainingPath, isHeld, pathTo, retainedMessage };
