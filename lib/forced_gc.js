'use strict';

const v8 = require('node:v8');
const vm = require('node:vm');

/** @type {(() => void) | null} */
let collect = null;

/** A full collection, at once. */
function gc() {
  collector()();
}

/**
 * What makes a full collection. Node needs no flag for it: a context made while V8 exposes `gc` has
 * it. The flag is taken back, so that no other context gets one, unless the program was started with
 * it.
 *
 * @returns {() => void}
 */
function collector() {
  if (collect === null) {
    v8.setFlagsFromString('--expose-gc');
    collect = /** @type {() => void} */ (vm.runInNewContext('gc'));
    if (!isExposed()) v8.setFlagsFromString('--no-expose-gc');
  }
  return collect;
}

function isExposed() {
  return /--expose[-_]gc/.test([...process.execArgv, process.env.NODE_OPTIONS].join(' '));
}

module.exports = { collector, gc };
