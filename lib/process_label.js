'use strict';

const cluster = /** @type {import('node:cluster').Cluster} */ (
  /** @type {unknown} */ (require('node:cluster'))
);
const { isMainThread, threadId } = require('node:worker_threads');

/**
 * Which isolate of which process an event is about: a service may be many.
 *
 * @returns {import('../index.js').ProcessLabel}
 */
function processLabel() {
  return {
    pid: process.pid,
    threadId,
    isMainThread,
    clusterWorkerId: cluster.worker?.id ?? null,
  };
}

module.exports = { processLabel };
