'use strict';

const { cancellable } = require('./cancellation.js');
const { settled } = require('./errors.js');
const native = require('./native.js');
const { callback, integer, number, oneOf, optionError, signal, text } = require('./options.js');
const { progressOf } = require('./progress.js');

/** Ids and counts are 32 bits wide. */
const MAX_ID = 2 ** 32 - 1;
const BYTES = number(0, Number.MAX_SAFE_INTEGER);

const LIMIT = { check: integer(0, MAX_ID), default: 1000 };

/** What every question that is answered on a thread understands. */
const LONG = { signal: { check: signal }, onProgress: { check: callback } };

const FIND = {
  ...LONG,
  class: { check: text },
  location: { check: text },
  kind: { check: oneOf(...native.nodeKinds()) },
  minRetained: { check: BYTES, default: 0 },
  minSelf: { check: BYTES, default: 0 },
  limit: { ...LIMIT, default: 100 },
};

const COLLECTIONS = {
  ...LONG,
  sort: { check: oneOf('retained', 'self', 'size', 'wasted'), default: 'retained' },
  limit: { ...LIMIT, default: 100 },
  minSize: { check: BYTES, default: 0 },
};

const DUPLICATES = {
  ...LONG,
  limit: { ...LIMIT, default: 100 },
  minWaste: { check: BYTES, default: 0 },
  contentLength: { check: integer(0, MAX_ID), default: 64 },
  exampleLimit: { check: integer(0, 1000), default: 3 },
};

const DIFF = { ...LONG, limit: LIMIT };

/**
 * An object id, or an id and the name of a reference.
 *
 * @param {any} value
 */
function checkCut(value) {
  const isId = (/** @type {unknown} */ id) => integer(0, MAX_ID)(id) === null;
  if (isId(value)) return null;
  const isEdge =
    typeof value === 'object' &&
    value !== null &&
    isId(value.from) &&
    (typeof value.name === 'string' || isId(value.name));
  return isEdge ? null : 'the id of an object, or { from: id, name } of a reference';
}

const INDEPENDENT_RETAINERS = { without: { check: checkCut }, limit: LIMIT };

/**
 * Asks what takes a thread.
 *
 * @param {any} options checked
 * @param {(cancel: import('./native.js').CancelHandle, onProgress?: import('./native.js').OnProgress)
 *   => Promise<import('./native.js').Settled>} ask
 */
async function answerOf(options, ask) {
  const told = progressOf(options);
  const { json } = await cancellable(options.signal, (cancel) => settled(ask(cancel, told)));
  return JSON.parse(/** @type {string} */ (json));
}

/**
 * @param {import('./native.js').NativeHeap} heap
 * @param {any} options checked
 */
async function prepare(heap, options) {
  await answerOf(options, (cancel, told) => native.prepareHeap(heap, cancel, told));
}

/**
 * @param {import('./native.js').NativeHeap} heap
 * @param {any} options checked
 */
function find(heap, options) {
  const { class: ofClass, location, kind, minRetained, minSelf, limit } = options;
  const query = { class: ofClass, location, kind, minRetained, minSelf, limit };
  return answerOf(options, (cancel, told) => native.findObjects(heap, query, cancel, told));
}

/**
 * @param {import('./native.js').NativeHeap} heap
 * @param {any} options checked
 */
function collections(heap, options) {
  const { sort, limit, minSize } = options;
  return answerOf(options, (cancel, told) =>
    native.listCollections(heap, sort, limit, minSize, cancel, told),
  );
}

/**
 * @param {import('./native.js').NativeHeap} heap
 * @param {any} options checked
 */
function duplicates(heap, options) {
  const { limit, minWaste, contentLength, exampleLimit } = options;
  const query = { limit, minWaste, contentLength, exampleLimit };
  return answerOf(options, (cancel, told) =>
    native.findDuplicates(heap, query, cancel, told),
  );
}

/**
 * @param {import('./native.js').NativeHeap | null} older `null` if that is no graph
 * @param {import('./native.js').NativeHeap} newer
 * @param {any} options checked
 * @param {unknown} given what was given for `older`
 */
async function diff(older, newer, options, given) {
  if (older === null) {
    throw optionError('diff', 'older', given, 'a heap graph of this copy of heapwatch');
  }
  return answerOf(options, (cancel, told) =>
    native.compareHeaps(older, newer, options.limit, cancel, told),
  );
}

/**
 * @param {import('./native.js').NativeHeap} heap
 * @param {number} id
 * @param {any} options checked
 */
function independentRetainers(heap, id, { without, limit }) {
  const isEdge = typeof without === 'object';
  const from = isEdge ? without.from : without;
  const name = isEdge ? String(without.name) : undefined;
  return native.retainersBesides(heap, id, from, name, limit);
}

module.exports = {
  COLLECTIONS,
  DIFF,
  DUPLICATES,
  FIND,
  INDEPENDENT_RETAINERS,
  PREPARE: LONG,
  collections,
  diff,
  duplicates,
  find,
  independentRetainers,
  prepare,
};
