'use strict';

const { HeapwatchError } = require('./errors.js');
const native = require('./native.js');

/**
 * Runs native work that an AbortSignal can stop.
 *
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {(cancel: import('./native.js').CancelHandle) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function cancellable(signal, work) {
  throwIfAborted(signal);
  const handle = new native.CancelHandle();
  const onAbort = () => handle.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(handle);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** @param {AbortSignal | undefined} signal */
function throwIfAborted(signal) {
  if (signal?.aborted) throw new HeapwatchError('ERR_HEAPWATCH_CANCELLED', 'cancelled');
}

module.exports = { cancellable, throwIfAborted };
