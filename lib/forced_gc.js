'use strict';

const v8 = require('node:v8');
const vm = require('node:vm');

const { HeapwatchError } = require('./errors.js');

/** Another isolate that does the same at the same time can take the flag back in between: flags are
 * the process's. So often in a row it does not. */
const ATTEMPTS = 100;

/** @type {(() => void) | undefined} */
let collect;

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
  for (let attempt = 0; collect === undefined && attempt < ATTEMPTS; attempt++) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('globalThis.gc');
    if (!isExposed()) v8.setFlagsFromString('--no-expose-gc');
  }
  if (collect === undefined) {
    const message = 'V8 gives no function to collect garbage: its flags are fixed, or changed all the time';
    throw new HeapwatchError('ERR_HEAPWATCH_UNSUPPORTED', message);
  }
  return collect;
}

function isExposed() {
  return /--expose[-_]gc/.test([...process.execArgv, process.env.NODE_OPTIONS].join(' '));
}

module.exports = { collector, gc };
