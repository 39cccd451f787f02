'use strict';

/** Starts and stops watchers, and tells what is left of them. */

const { setImmediate: turn } = require('node:timers/promises');

const heapwatch = require('../..');

const CYCLES = 1000;

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

const resources = () => process.getActiveResourcesInfo().sort();

async function main() {
  cycle();
  const before = { bytes: await heapBytes(), resources: resources() };
  for (let i = 0; i < CYCLES; i++) cycle();
  const after = { bytes: await heapBytes(), resources: resources() };
  const result = {
    resources: { before: before.resources, after: after.resources },
    grownBytes: after.bytes - before.bytes,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main();
