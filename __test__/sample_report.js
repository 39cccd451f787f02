'use strict';

/**
 * A report as a watcher makes it of a service with two leaks.
 *
 * @param {Partial<import('..').LeakReport>} [changes]
 * @returns {import('..').LeakReport}
 */
function sampleReport(changes = {}) {
  return {
    schemaVersion: 1,
    createdAt: '2026-03-01T12:00:00.000Z',
    process: { pid: 7, threadId: null, node: 'v22.1.0', platform: 'linux-x64', cpus: 2, uptimeSeconds: 900 },
    growth: {
      pool: 'js-heap', part: null, state: 'confirmed', path: 'fast', samples: 20, ignoredSamples: 0,
      growthBytes: 50 * 2 ** 20, startBytes: 50 * 2 ** 20, startMs: 0, endMs: 300_000,
      bytesPerHour: { low: 3000 * 2 ** 20, mid: 3600 * 2 ** 20, high: 4000 * 2 ** 20 },
      bytesPerWork: null, confidence: 0.99, currentBytes: 100 * 2 ** 20, limitBytes: 256 * 2 ** 20,
      timeToLimitSeconds: { low: 120, high: 170 },
    },
    verdict: 'js-heap',
    method: 'object-ids',
    heapBytes: 64 * 2 ** 20,
    heapGrowthBytes: 9 * 2 ** 20,
    survivorBytes: 8 * 2 ** 20,
    unexplainedBytes: 2 ** 20,
    suspects: [listeners()],
    large: [],
    captures: [
      { method: 'walk', takenAt: '2026-03-01T11:58:00.000Z', pauseMs: 12.2, durationMs: 90, memoryBytes: 2 ** 20 },
      { method: 'walk', takenAt: '2026-03-01T11:59:00.000Z', pauseMs: 15, durationMs: 95, memoryBytes: 2 ** 20 },
    ],
    allocationSites: null,
    redacted: true,
    ...changes,
  };
}

/** @returns {import('..').Suspect} */
function listeners() {
  const here = { url: '/srv/shop/dist/orders.js', line: 3, column: 7, package: null,
    original: { url: '/srv/shop/src/orders.ts', line: 42, column: 9, name: 'onShipped' } };
  const there = { url: 'file:///srv/shop/node_modules/bus/index.mjs', line: 5, column: 1,
    original: null, package: { name: 'bus', version: '1.2.3' } };
  return {
    rank: 1, shareOfGrowth: 0.875, bytes: 24 * 2 ** 20, growthBytes: 7 * 2 ** 20,
    count: 6250, countGrowth: 1158, bytesPerHour: 2000 * 2 ** 20, countPerHour: 522_000,
    class: 'onShipped()', cause: 'event-listeners',
    owner: { class: 'Array', name: 'bus._events.shipped', id: 17, location: there },
    path: [
      { class: '(root)', edge: null, kind: null, location: null },
      { class: '(scope)', edge: 'context', kind: 'internal', location: null },
      { class: 'EventEmitter', edge: 'bus', kind: 'context', location: there },
      { class: '(array)', edge: 'elements', kind: 'internal', location: null },
      { class: 'onShipped()', edge: '[*]', kind: 'element', location: here },
    ],
    locations: [
      { ...here, role: 'function' },
      { ...there, role: 'declared' },
      { url: '/srv/shop/dist/app.js', line: 9, column: 1, original: null, package: null, role: 'scope' },
    ],
    independentRetainers: [],
    histogram: [{ class: 'Array', count: 6250, bytes: 2 ** 20 }],
    examples: [],
    evidence: "`bus` has 6,250 listeners for 'shipped' now, 1,158 more than at the first capture (written at orders.ts:42); each keeps about 4.0 KB alive.",
    advice: 'Add the listener once instead of per call, use `once`, or remove it with `bus.off(...)`.',
    fingerprint: '0123456789abcdef',
  };
}

module.exports = { sampleReport };
