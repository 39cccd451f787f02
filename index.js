'use strict';

const { EventEmitter } = require('node:events');

const { capture, open } = require('./lib/capture.js');
const { diagnose } = require('./lib/diagnose.js');
const { HeapwatchError } = require('./lib/errors.js');
const { HeapGraph } = require('./lib/heap_graph.js');
const { HeapDiff } = require('./lib/memwatch/heap_diff.js');
const { gc } = require('./lib/memwatch/told_gc.js');
const { renderJson } = require('./lib/report/json.js');
const { renderMarkdown } = require('./lib/report/markdown.js');
const { renderText } = require('./lib/report/text.js');
const { events, expectCollected, status, stop, watch } = require('./lib/watching.js');

/**
 * A method of the module's emitter that works without `this`, and gives the module where the
 * emitter's gives the emitter.
 *
 * @param {keyof EventEmitter} name
 * @returns {any}
 */
function method(name) {
  return (/** @type {any[]} */ ...args) => {
    const result = /** @type {any} */ (events)[name](...args);
    return result === events ? module.exports : result;
  };
}

const addListener = method('addListener');
const emit = method('emit');
const eventNames = method('eventNames');
const getMaxListeners = method('getMaxListeners');
const listenerCount = method('listenerCount');
const listeners = method('listeners');
const off = method('off');
const on = method('on');
const once = method('once');
const prependListener = method('prependListener');
const prependOnceListener = method('prependOnceListener');
const rawListeners = method('rawListeners');
const removeAllListeners = method('removeAllListeners');
const removeListener = method('removeListener');
const setMaxListeners = method('setMaxListeners');

// Named one by one, so that `import { watch } from 'heapwatch'` finds them.
module.exports = {
  HeapDiff,
  HeapGraph,
  HeapwatchError,
  addListener,
  capture,
  diagnose,
  emit,
  eventNames,
  expectCollected,
  gc,
  getMaxListeners,
  listenerCount,
  listeners,
  off,
  on,
  once,
  open,
  prependListener,
  prependOnceListener,
  rawListeners,
  removeAllListeners,
  removeListener,
  renderJson,
  renderMarkdown,
  renderText,
  setMaxListeners,
  status,
  stop,
  watch,
};
// memwatch-next's module was an emitter, and so is this.
Object.setPrototypeOf(module.exports, EventEmitter.prototype);
