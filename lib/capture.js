'use strict';

const { setImmediate } = require('node:timers');
const v8 = require('node:v8');

const { cancellable, throwIfAborted } = require('./cancellation.js');
const {
  assertAffordable,
  assertWalkInPlaceAffordable,
  recordCapture,
} = require('./capture_cost.js');
const { HeapwatchError, errorOf, settled } = require('./errors.js');
const { pathOfUrl } = require('./file_path.js');
const { HeapGraph } = require('./heap_graph.js');
const native = require('./native.js');
const { boolean, callback, checkOptions, number, oneOf, optionError, signal } = require('./options.js');
const { progressOf } = require('./progress.js');

/** Sizes are doubles in JavaScript; larger ones mean "no limit". */
const MAX_BYTES = Infinity;

const OPEN_OPTIONS = {
  signal: { check: signal },
  onProgress: { check: callback },
  maxMemoryBytes: { check: number(0, MAX_BYTES) },
};

const CAPTURE_OPTIONS = {
  ...OPEN_OPTIONS,
  method: { check: oneOf('auto', 'v8', 'walk'), default: 'auto' },
  maxPauseMs: { check: number(0, Infinity) },
  fork: { check: boolean, default: true },
};

/**
 * Reads a saved snapshot.
 *
 * @param {string | URL} file
 * @param {import('../index.js').OpenOptions} [options]
 * @returns {Promise<InstanceType<typeof HeapGraph>>}
 */
async function open(file, options) {
  const path = pathOf(file);
  const checked = checkOptions('open', options, OPEN_OPTIONS);
  const { heap } = await cancellable(checked.signal, (cancel) =>
    settled(native.openSnapshot(path, checked.maxMemoryBytes, cancel, progressOf(checked))),
  );
  return new HeapGraph(/** @type {import('./native.js').NativeHeap} */ (heap), { method: 'file' });
}

/** @param {unknown} file */
function pathOf(file) {
  const path = file instanceof URL ? pathOfUrl(file) : file;
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw optionError('open', 'file', file, 'the path of a .heapsnapshot file');
  }
  return path;
}

/**
 * Takes the heap of this isolate.
 *
 * @param {import('../index.js').CaptureOptions} [options]
 * @returns {Promise<InstanceType<typeof HeapGraph>>}
 */
async function capture(options) {
  return captureChecked(checkOptions('capture', options, CAPTURE_OPTIONS));
}

/**
 * The same where this process does nothing until it is done, as a test: a child doesn't give way to it.
 *
 * @param {import('../index.js').CaptureOptions} [options]
 */
async function captureAwaited(options) {
  const checked = checkOptions('capture', options, CAPTURE_OPTIONS);
  return captureChecked({ ...checked, isAwaited: true });
}

/** @param {any} checked */
async function captureChecked(checked) {
  throwIfAborted(checked.signal);
  return cancellable(checked.signal, (cancel) => {
    if (checked.method === 'walk') return captureWithWalk(checked, cancel);
    if (checked.method === 'v8') return captureWithinLimits(checked, cancel);
    return captureAsCheaplyAsPossible(checked, cancel);
  });
}

/**
 * By the walk in a child; where processes can't fork, in place if that is short enough; else by V8's
 * snapshot if that stays within the limits. What was tried is told either way.
 *
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureAsCheaplyAsPossible(options, cancel) {
  const unsupported = native.walkUnsupported();
  let walkRefused = unsupported?.message;
  for (const fork of unsupported === null ? [options.fork, false] : []) {
    try {
      if (walkRefused !== undefined) assertWalkInPlaceAffordable(options);
      return await captureWithWalk({ ...options, fork, walkRefused }, cancel);
    } catch (error) {
      if (!mayFallBack(error)) throw error;
      walkRefused ??= error.message;
      if (!isWithoutChild(error)) break;
    }
  }
  try {
    return await captureWithinLimits({ ...options, walkRefused }, cancel);
  } catch (error) {
    if (error instanceof HeapwatchError) error.detail.walkRefused = walkRefused;
    throw error;
  }
}

/**
 * Whether a walk failed because there can be no child: processes can't fork, or there is no room for
 * the copies of what the service writes while a child lives.
 *
 * @param {InstanceType<typeof HeapwatchError>} error
 */
function isWithoutChild({ code, detail }) {
  return (
    detail.reason === 'fork-failed' || (code === 'ERR_HEAPWATCH_LIMIT' && detail.needed !== undefined)
  );
}

/**
 * A graph that is too large is so by any method.
 *
 * @param {unknown} error
 * @returns {error is InstanceType<typeof HeapwatchError>}
 */
function mayFallBack(error) {
  return (
    error instanceof HeapwatchError &&
    (error.code === 'ERR_HEAPWATCH_CAPTURE' ||
      error.code === 'ERR_HEAPWATCH_UNSUPPORTED' ||
      error.detail.limit === 'pause' ||
      isWithoutChild(error))
  );
}

/**
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureWithinLimits(options, cancel) {
  assertAffordable(options);
  return captureWithV8(options, cancel);
}

/**
 * The direct walk: forks, and reads the graph from the child; or walks in place.
 *
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureWithWalk(options, cancel) {
  const { fork, maxMemoryBytes, isAwaited = false, walkRefused = null } = options;
  const start = () => startWalk(fork, maxMemoryBytes, isAwaited);
  // A walk in place can't follow all that only the stack holds (see `live_heap.rs`), such as the
  // variables of functions that called us. From the event loop none of them is on the stack: one
  // that waits has its variables in the heap.
  const { walk, usedHeapBytes, takenAt } = fork ? start() : await fromEventLoop(start);
  const { heap } = await settled(
    native.readWalk(walk, usedHeapBytes, maxMemoryBytes, cancel, progressOf(options)),
  );
  return new HeapGraph(/** @type {import('./native.js').NativeHeap} */ (heap), {
    method: 'walk',
    takenAt,
    pauseMs: walk.pauseMs,
    walkRefused,
  });
}

/**
 * @param {boolean} fork
 * @param {number | undefined} maxMemoryBytes
 * @param {boolean} isAwaited
 */
function startWalk(fork, maxMemoryBytes, isAwaited) {
  const takenAt = new Date();
  const usedHeapBytes = v8.getHeapStatistics().used_heap_size;
  const { walk, error } = native.startWalk(fork, usedHeapBytes, maxMemoryBytes, isAwaited);
  if (!walk) throw errorOf(/** @type {import('./native.js').Failure} */ (error));
  return { walk, usedHeapBytes, takenAt };
}

/**
 * @template T
 * @param {() => T} call
 * @returns {Promise<T>}
 */
function fromEventLoop(call) {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(call());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/**
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureWithV8(options, cancel) {
  const { pipe, error } = native.openCapturePipe();
  if (pipe) return captureThroughPipe(pipe, options, cancel);
  if (error?.code === 'ERR_HEAPWATCH_UNSUPPORTED') return captureThroughFile(options, cancel);
  throw errorOf(/** @type {import('./native.js').Failure} */ (error));
}

/**
 * V8 writes into the pipe while a thread reads it. Closing our end is what ends the thread, so it
 * happens whatever V8 does.
 *
 * @param {import('./native.js').CapturePipe} pipe
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureThroughPipe(pipe, options, cancel) {
  const takenAt = new Date();
  const reading = settled(
    native.readCapture(pipe, options.maxMemoryBytes, cancel, progressOf(options)),
  );
  /** @type {number} */
  let pauseMs;
  try {
    pauseMs = writeSnapshot(pipe.path);
  } catch (error) {
    // What the reader says about a stream without a snapshot in it is of no interest.
    reading.catch(() => {});
    throw error;
  } finally {
    pipe.close();
  }
  const { heap } = await reading;
  return new HeapGraph(/** @type {import('./native.js').NativeHeap} */ (heap), {
    method: 'v8',
    takenAt,
    pauseMs,
    walkRefused: options.walkRefused ?? null,
  });
}

/**
 * @param {any} options
 * @param {import('./native.js').CancelHandle} cancel
 */
async function captureThroughFile(options, cancel) {
  const { file, error } = native.openCaptureFile();
  if (!file) throw errorOf(/** @type {import('./native.js').Failure} */ (error));
  const takenAt = new Date();
  try {
    const pauseMs = writeSnapshot(file.path);
    const { heap } = await settled(
      native.openSnapshot(file.path, options.maxMemoryBytes, cancel, progressOf(options)),
    );
    return new HeapGraph(/** @type {import('./native.js').NativeHeap} */ (heap), {
      method: 'v8',
      takenAt,
      pauseMs,
      walkRefused: options.walkRefused ?? null,
    });
  } finally {
    file.remove();
  }
}

/**
 * Blocks the event loop until V8 has written its snapshot.
 *
 * @param {string} path
 * @returns {number} milliseconds for which it did
 */
function writeSnapshot(path) {
  const heapBytes = v8.getHeapStatistics().used_heap_size;
  const start = performance.now();
  try {
    v8.writeHeapSnapshot(path);
  } catch (error) {
    const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new HeapwatchError(
      'ERR_HEAPWATCH_CAPTURE',
      `V8 could not write its snapshot: ${message}` +
        (code === 'ERR_ACCESS_DENIED'
          ? '; under the permission model, allow writing with --allow-fs-write'
          : ''),
      { cause: code ?? null, method: 'v8' },
    );
  }
  const pauseMs = performance.now() - start;
  recordCapture(heapBytes, pauseMs);
  return pauseMs;
}

module.exports = { capture, captureAwaited, open, writeSnapshot };
