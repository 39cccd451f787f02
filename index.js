'use strict';

const { capture, open } = require('./lib/capture.js');
const { diagnose } = require('./lib/diagnose.js');
const { HeapwatchError } = require('./lib/errors.js');
const { gc } = require('./lib/forced_gc.js');
const { HeapGraph } = require('./lib/heap_graph.js');
const { renderText } = require('./lib/report/text.js');
const { events, expectCollected, status, stop, watch } = require('./lib/watching.js');

const on = events.on.bind(events);
const once = events.once.bind(events);
const off = events.off.bind(events);

// Named one by one, so that `import { watch } from 'heapwatch'` finds them.
module.exports = {
  HeapGraph,
  HeapwatchError,
  addListener: on,
  capture,
  diagnose,
  expectCollected,
  gc,
  off,
  on,
  once,
  open,
  removeListener: off,
  renderText,
  status,
  stop,
  watch,
};
