'use strict';

/** Starts and stops watchers, and tells what is left of them. */

const fs = require('node:fs');
const { setImmediate: turn } = require('node:timers/promises');

const heapwatch = require('../..');

const CYCLES = 2000;
/** The thread of a watch ends soon after the last watcher. */
const GONE_WITHIN_MS = 30_000;

function cycle() {
  const watcher = heapwatch.watch();
  watcher.on('leak', listener);
  watcher.stop();
  heapwatch.on('stats', listener);
  heapwatch.off('stats', listener);
}

const listener = () => {};

async function heapBytes() {
  for (let i = 0; i < 3; i++) {
    await turn();
    heapwatch.gc();
  }
  return process.memoryUsage().heapUsed;
}

/** What the process holds of the system. */
function resources() {
  const count = (/** @type {string} */ folder) =>
    process.platform === 'linux' ? fs.readdirSync(folder).length : 0;
  return {
    active: process.getActiveResourcesInfo().sort(),
    threads: count('/proc/self/task'),
    descriptors: count('/proc/self/fd'),
  };
}

/** @param {number} threads */
async function untilThreadsAre(threads) {
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (resources().threads > threads && Date.now() < deadline) await turn();
}

async function main() {
  const { threads } = resources();
  cycle();
  await untilThreadsAre(threads);
  const before = { bytes: await heapBytes(), resources: resources() };
  for (let i = 0; i < CYCLES; i++) cycle();
  await untilThreadsAre(before.resources.threads);
  const after = { bytes: await heapBytes(), resources: resources() };
  const result = {
    resources: { before: before.resources, after: after.resources },
    grownBytes: after.bytes - before.bytes,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main();
