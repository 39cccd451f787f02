'use strict';

const os = require('node:os');
const { isMainThread, threadId } = require('node:worker_threads');

/** Changes when a consumer of version 1 would misread a report. */
const SCHEMA_VERSION = 1;

/**
 * A LeakReport from what native diagnosis found. No environment, no arguments; contents of strings
 * only if it is not redacted.
 *
 * @param {any} diagnosis
 * @param {import('../index.js').CaptureInfo[]} captures
 * @param {boolean} redacted
 * @returns {import('../index.js').LeakReport}
 */
function leakReport(diagnosis, captures, redacted) {
  const isLive = captures.at(-1)?.method !== 'file';
  return {
    schemaVersion: SCHEMA_VERSION,
    createdAt: new Date().toISOString(),
    process: isLive ? processFacts() : null,
    growth: null,
    verdict: null,
    allocationSites: null,
    ...diagnosis,
    captures: captures.map(({ method, takenAt, pauseMs, durationMs, memoryBytes }) => ({
      method,
      takenAt: takenAt === null ? null : takenAt.toISOString(),
      pauseMs,
      durationMs,
      memoryBytes,
    })),
    redacted,
  };
}

/** @returns {import('../index.js').ProcessFacts} */
function processFacts() {
  return {
    pid: process.pid,
    threadId: isMainThread ? null : threadId,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpus: os.availableParallelism(),
    uptimeSeconds: Math.round(process.uptime()),
  };
}

module.exports = { leakReport };
