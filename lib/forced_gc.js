'use strict';

const v8 = require('node:v8');
const vm = require('node:vm');

/** @type {(() => void) | null} */
let collect = null;

/**
 * A full collection, at once. Node needs no flag for it: a context made while V8 exposes `gc` has
 * it. The flag is taken back, so that no other context gets one.
 */
function gc() {
  if (collect === null) {
    v8.setFlagsFromString('--expose-gc');
    collect = /** @type {() => void} */ (vm.runInNewContext('gc'));
    v8.setFlagsFromString('--no-expose-gc');
  }
  collect();
}

module.exports = { gc };
