'use strict';

const { gc: collect } = require('../forced_gc.js');
const { flush } = require('../gc_sampler.js');

/**
 * memwatch's `gc()`: a full collection, at once, of which listeners of `stats` hear in the same turn
 * of the event loop. It counts once, like any other full collection.
 */
function gc() {
  collect();
  flush();
}

module.exports = { gc };
