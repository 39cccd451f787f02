'use strict';

const v8 = require('node:v8');

const { HeapwatchError } = require('./errors.js');
const native = require('./native.js');

/**
 * What V8's own snapshot costs, estimated before it is taken: it blocks the event loop and takes
 * memory in proportion to the number of objects, which is not known beforehand; the bytes of the
 * heap are. Small objects are the expensive case, so the constants are for those (36 bytes an
 * object); heaps of large strings cost less. After a capture its measured cost is used instead.
 */

/** Measured on Node 20 to 26: 35 to 140 ns, most at small objects and a busy machine. */
const PAUSE_NS_PER_BYTE = 100;
/** A walk in place takes 6 to 12 ns, at small objects. */
const WALK_NS_PER_BYTE = 15;
/** V8 needs 370 to 460 bytes an object while it builds its graph. */
const MEMORY_PER_BYTE = 12;
/** The next capture of the same process may be slower than the last by so much. */
const MARGIN = 1.25;
/** Part of what the machine or cgroup has left that a capture must not touch. */
const KEEP_FREE = 0.1;

/** @type {{ pauseNsPerByte: number } | null} */
let measured = null;

/**
 * @typedef {{ pauseMs: number, memoryBytes: number, heapBytes: number,
 *   basis: 'worst-case' | 'measured' }} CaptureEstimate
 */

/** @returns {CaptureEstimate} */
function estimateCapture() {
  const heapBytes = v8.getHeapStatistics().used_heap_size;
  const perByte = measured === null ? PAUSE_NS_PER_BYTE : measured.pauseNsPerByte * MARGIN;
  return {
    heapBytes,
    pauseMs: (heapBytes * perByte) / 1e6,
    memoryBytes: heapBytes * MEMORY_PER_BYTE,
    basis: measured === null ? 'worst-case' : 'measured',
  };
}

/**
 * Remembers what a capture cost.
 *
 * @param {number} heapBytes
 * @param {number} pauseMs
 */
function recordCapture(heapBytes, pauseMs) {
  if (heapBytes > 0) measured = { pauseNsPerByte: (pauseMs * 1e6) / heapBytes };
}

/**
 * Throws if a capture would exceed a limit.
 *
 * @param {{ maxPauseMs?: number, maxMemoryBytes?: number }} limits
 */
function assertAffordable({ maxPauseMs = Infinity, maxMemoryBytes = Infinity }) {
  const estimate = estimateCapture();
  assertPause(estimate, maxPauseMs);
  if (estimate.memoryBytes > maxMemoryBytes) {
    throw refusal('memory', `take about ${megabytes(estimate.memoryBytes)} MB of memory`, {
      ...estimate,
      maxMemoryBytes,
    });
  }
  const { headroom } = JSON.parse(native.memoryLimits());
  if (headroom !== null && estimate.memoryBytes > headroom * (1 - KEEP_FREE)) {
    const what =
      `take about ${megabytes(estimate.memoryBytes)} MB of memory where ` +
      `${megabytes(headroom)} MB are left to the process`;
    throw refusal('headroom', what, { ...estimate, headroom });
  }
}

/**
 * Throws if a walk in place would block the event loop for longer than allowed.
 *
 * @param {{ maxPauseMs?: number }} limits
 */
function assertWalkInPlaceAffordable({ maxPauseMs = Infinity }) {
  const heapBytes = v8.getHeapStatistics().used_heap_size;
  assertPause({ heapBytes, pauseMs: (heapBytes * WALK_NS_PER_BYTE) / 1e6 }, maxPauseMs);
}

/**
 * @param {{ pauseMs: number, heapBytes: number }} estimate
 * @param {number} maxPauseMs
 */
function assertPause(estimate, maxPauseMs) {
  if (estimate.pauseMs <= maxPauseMs) return;
  const what = `block the event loop for about ${Math.round(estimate.pauseMs)} ms`;
  throw refusal('pause', what, { ...estimate, maxPauseMs });
}

/**
 * @param {'pause' | 'memory' | 'headroom'} limit
 * @param {string} what
 * @param {Record<string, unknown>} detail
 */
function refusal(limit, what, detail) {
  const ways = {
    pause: 'raise maxPauseMs if the service can stand that',
    memory: 'raise maxMemoryBytes if the machine can stand that',
    headroom: 'give the process more memory',
  };
  return new HeapwatchError(
    'ERR_HEAPWATCH_LIMIT',
    `no capture was taken: it would ${what}; ${ways[limit]}`,
    { limit, ...detail },
  );
}

/** @param {number} bytes */
function megabytes(bytes) {
  return Math.round(bytes / 2 ** 20);
}

module.exports = {
  assertAffordable,
  assertWalkInPlaceAffordable,
  estimateCapture,
  recordCapture,
};
