'use strict';

const { writeSnapshot } = require('../capture.js');
const { assertAffordable } = require('../capture_cost.js');
const { HeapwatchError, errorOf, valueOf } = require('../errors.js');
const { collector } = require('../forced_gc.js');
const { flush, skip } = require('../gc_sampler.js');
const native = require('../native.js');
const { sizeText } = require('./size_text.js');

/**
 * memwatch's HeapDiff: what was allocated and freed between two moments, synchronously.
 *
 * Both ends count the heap by the direct walk in a forked child, while this thread waits; where there
 * is no walk, by V8's own snapshot, which a thread reads meanwhile. Native code does the counting and
 * the comparing: in JavaScript it would be part of what it measures.
 *
 * Nothing of a HeapDiff itself is counted: its objects are made before the first count, and so is the
 * code of all that runs up to the second one.
 */
class HeapDiff {
  #state;

  constructor() {
    compile();
    /** @type {State} */
    const state = { census: new native.HeapCensus(), count: walk, startMs: Date.now(), isEnded: false };
    this.#state = state;
    state.count = countOnce(state.census);
  }

  /** @returns {import('../../index.js').HeapDiffResult} */
  end() {
    return ended(this.#state);
  }
}

/**
 * @typedef {{ census: any, count: (census: any) => void, startMs: number, isEnded: boolean }} State
 */

/** @param {State} state */
function ended(state) {
  if (state.isEnded) throw new Error('attempt to end() a HeapDiff that was already ended');
  state.isEnded = true;
  state.count(state.census);
  return result(valueOf(state.census.change()), state.startMs);
}

let isCompiled = false;

/** V8 compiles a function when it is called first: here all are that run between two counts. */
function compile() {
  if (isCompiled) return;
  isCompiled = true;
  const empty = JSON.stringify({ ok: { before: {}, after: {}, classes: [{}] } });
  const census = { walk: () => null, change: () => empty };
  ended({ census, count: walk, startMs: 0, isEnded: false });
  try {
    HeapDiff.prototype.end.call(Object.create(null));
  } catch {
    // As it has to: that is no HeapDiff.
  }
}

/** @typedef {import('../native.js').HeapCensus} HeapCensus */

/**
 * Counts the heap, and gives the way that worked, for the second count.
 *
 * @param {HeapCensus} census
 * @returns {(census: HeapCensus) => void}
 */
function countOnce(census) {
  try {
    walk(census);
    return walk;
  } catch (error) {
    if (!(error instanceof HeapwatchError)) throw error;
    assertAffordable({});
    readSnapshot(census);
    return readSnapshot;
  }
}

/**
 * No watcher hears of the collection: a listener of `stats` may use a HeapDiff.
 *
 * @param {HeapCensus} census
 */
function walk(census) {
  flush();
  throwIfFailed(census.walk(collector()));
  skip();
}

/** V8 collects garbage itself before it writes. @param {HeapCensus} census */
function readSnapshot(census) {
  const { pipe, error } = native.openCapturePipe();
  if (pipe === undefined && error?.code === 'ERR_HEAPWATCH_UNSUPPORTED') return readFile(census);
  if (pipe === undefined) throw errorOf(/** @type {import('../native.js').Failure} */ (error));
  try {
    throwIfFailed(census.startReading(pipe));
    writeSnapshot(pipe.path);
  } finally {
    pipe.close();
  }
  throwIfFailed(census.finishReading());
}

/** Where pipes have no path. @param {HeapCensus} census */
function readFile(census) {
  const { file, error } = native.openCaptureFile();
  if (file === undefined) throw errorOf(/** @type {import('../native.js').Failure} */ (error));
  try {
    writeSnapshot(file.path);
    throwIfFailed(census.readFile(file.path));
  } finally {
    file.remove();
  }
}

/** @param {import('../native.js').Failure | null} failure */
function throwIfFailed(failure) {
  if (failure !== null) throw errorOf(failure);
}

/**
 * @param {any} change what native code found
 * @param {number} startMs
 * @returns {import('../../index.js').HeapDiffResult}
 */
function result({ before, after, allocated, freed, classes }, startMs) {
  return {
    before: { ...totals(before), time: new Date(startMs) },
    after: { ...totals(after), time: new Date() },
    change: {
      ...sizes(after.bytes - before.bytes),
      freed_nodes: freed,
      allocated_nodes: allocated,
      details: classes.map(detail),
    },
  };
}

/** @param {{ nodes: number, bytes: number }} totals */
function totals({ nodes, bytes }) {
  return { nodes, ...sizes(bytes) };
}

/** @param {any} row */
function detail({ name, kind, location, sizeChange, allocated, freed }) {
  return { what: name, ...sizes(sizeChange), '+': allocated, '-': freed, kind, location };
}

/** @param {number} bytes */
function sizes(bytes) {
  return { size_bytes: bytes, size: sizeText(bytes) };
}

module.exports = { HeapDiff };
