'use strict';

const crypto = require('node:crypto');

const { cancellable } = require('../cancellation.js');
const { captureAwaited } = require('../capture.js');
const { settled } = require('../errors.js');
const { gc } = require('../forced_gc.js');
const { HeapGraph } = require('../heap_graph.js');
const native = require('../native.js');
const { optionError } = require('../options.js');
const { nextTurn } = require('./clock.js');

/**
 * How many instances of a class are alive, those of subclasses included, in whatever context they and
 * the class are: `v8.queryObjects` sees its own only, so none inside Jest.
 *
 * @param {Function} ofClass
 * @returns {Promise<number>}
 */
async function countInstances(ofClass) {
  if (typeof ofClass !== 'function') {
    throw optionError('countInstances', 'class', ofClass, 'a class', 'bad argument');
  }
  // By this the class is known in the graph.
  const property = `heapwatch_${crypto.randomUUID()}`;
  const probe = { [property]: ofClass };
  await nextTurn();
  gc();
  const graph = await captureAwaited();
  try {
    const heap = /** @type {import('../native.js').NativeHeap} */ (HeapGraph.nativeOf(graph));
    const { json } = await cancellable(undefined, (cancel) =>
      settled(native.countInstances(heap, property, cancel)),
    );
    return JSON.parse(/** @type {string} */ (json));
  } finally {
    graph.close();
    // Until here the probe must be alive.
    delete probe[property];
  }
}

module.exports = { countInstances };
