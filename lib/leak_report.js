'use strict';

const os = require('node:os');
const { isMainThread, threadId } = require('node:worker_threads');

/** Changes when a consumer of version 1 would misread a report. */
const SCHEMA_VERSION = 1;

/**
 * A LeakReport from what native diagnosis found. No environment, no arguments, no string contents.
 *
 * @param {any} diagnosis
 * @param {import('../index.js').CaptureInfo[]} captures
 * @returns {import('../index.js').LeakReport}
 */
function leakReport(diagnosis, captures) {
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
    redacted: true,
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
