'use strict';

const { constants, PerformanceObserver } = require('node:perf_hooks');

const heapwatch = require('..');

/** Turns of the event loop that the package may take for what a collection starts. */
const TURNS = 16;

/**
 * Collects so many times. After each, waits until Node has told it, and for some turns of the event
 * loop.
 *
 * @param {number} count
 * @returns {Promise<void>}
 */
async function collectMajor(count) {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      // Node tells when its event loop turns next; an observer alone doesn't turn it.
      const alive = setInterval(() => {}, 1);
      const observer = new PerformanceObserver((list) => {
        const kinds = list.getEntries().map((/** @type {any} */ { detail }) => detail.kind);
        if (!kinds.includes(constants.NODE_PERFORMANCE_GC_MAJOR)) return;
        observer.disconnect();
        clearInterval(alive);
        resolve(undefined);
      });
      observer.observe({ entryTypes: ['gc'] });
      heapwatch.gc();
    });
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

module.exports = { collectMajor };
