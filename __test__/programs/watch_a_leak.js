'use strict';

/**
 * Leaks steadily under a watcher until it tells, and a while longer.
 *
 *     watch_a_leak.js OPTIONS [stop-growing]
 */

const heapwatch = require('../..');
const { collect } = require('../collections.js');

/** Far more than it takes to confirm a leak. */
const MAX_STEPS = 60;
const STEPS_AFTER = 5;
/** While captures are taken, the leak goes on at this rhythm. */
const WORK_MS = 250;

class LeakedOrder {
  /** @param {number} number */
  constructor(number) {
    this.lines = new Array(512).fill(number);
  }
}

/** @type {LeakedOrder[]} */
const leaked = [];
/** A megabyte. */
const leakSome = () => {
  for (let i = 0; i < 250; i++) leaked.push(new LeakedOrder(i));
};

/** @param {unknown} value */
const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function main() {
  const [options, mode] = process.argv.slice(2);
  const watcher = heapwatch.watch(JSON.parse(options));
  let isTold = false;
  for (const event of ['suspect', 'leak', 'recovered', 'report', 'error']) {
    /** @type {import('node:events').EventEmitter} */ (watcher).on(event, (payload) => {
      const dates = payload.start && [payload.start, payload.end].map((date) => date instanceof Date);
      tell({ event, payload, dates, code: payload.code });
      isTold ||= event === 'leak' || event === 'recovered';
    });
  }
  for (let steps = 0; steps < MAX_STEPS && !isTold; ) {
    const { diagnosing } = watcher.status();
    if (mode !== 'stop-growing' || !diagnosing) leakSome();
    await collect(watcher);
    // The captures' own work is on other threads and in another process: it takes what it takes,
    // and the heap must not be full by then.
    if (diagnosing) await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    else steps++;
  }
  for (let i = 0; i < STEPS_AFTER; i++) {
    if (mode !== 'stop-growing') leakSome();
    await collect(watcher);
  }
  tell({ event: 'end', status: watcher.status(), leaked: leaked.length });
}

main();
