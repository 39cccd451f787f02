'use strict';

const { cancellable } = require('./cancellation.js');
const { HeapwatchError, settled } = require('./errors.js');
const { absolutePath } = require('./file_path.js');
const native = require('./native.js');
const { callback, checkOptions, oneOf, signal } = require('./options.js');
const { progressOf } = require('./progress.js');

const SAVE_OPTIONS = {
  strings: { check: oneOf('keep', 'blank'), default: 'keep' },
  signal: { check: signal },
  onProgress: { check: callback },
};

/**
 * Writes a graph as a `.heapsnapshot`.
 *
 * @param {import('./native.js').NativeHeap} heap
 * @param {unknown} file
 * @param {unknown} options
 */
async function save(heap, file, options) {
  const path = absolutePath('save', file);
  const checked = checkOptions('save', options, SAVE_OPTIONS);
  assertPermitted(path);
  const blank = checked.strings === 'blank';
  await cancellable(checked.signal, (cancel) =>
    settled(native.saveSnapshot(heap, path, blank, cancel, progressOf(checked))),
  );
}

/**
 * Node's permission model doesn't reach into native code, so it is asked.
 *
 * @param {string} path
 */
function assertPermitted(path) {
  const { permission } = /** @type {{ permission?: { has(...of: string[]): boolean } }} */ (process);
  if (permission === undefined || permission.has('fs.write', path)) return;
  throw new HeapwatchError(
    'ERR_HEAPWATCH_CAPTURE',
    `'${path}' was not saved: under the permission model, allow writing with --allow-fs-write`,
    { path, cause: 'ERR_ACCESS_DENIED' },
  );
}

module.exports = { save };
