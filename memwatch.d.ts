/// <reference types="node" />

/**
 * memwatch-next's module by a name of its own: the same object as `heapwatch`, with the types of what
 * memwatch-next and @airbnb/node-memwatch had.
 */

export {
  HeapDiff,
  addListener,
  emit,
  eventNames,
  gc,
  getMaxListeners,
  listenerCount,
  listeners,
  off,
  on,
  once,
  prependListener,
  prependOnceListener,
  rawListeners,
  removeAllListeners,
  removeListener,
  setMaxListeners,
} from './index.js';
export type {
  HeapDiffDetail,
  HeapDiffMoment,
  HeapDiffResult,
  LeakInfo,
  MemwatchStats,
  Stats,
} from './index.js';
