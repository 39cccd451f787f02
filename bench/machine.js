'use strict';

/**
 * The machine a benchmark runs on, and how busy it is.
 */

const os = require('node:os');

/** Above this, per core, the benchmarks warn: something else is running. */
const BUSY_LOAD_PER_CORE = 0.6;

/** @returns {string} what a reader has to know to compare numbers */
function machineClass() {
  const cores = os.availableParallelism();
  const gigabytes = Math.round(os.totalmem() / 2 ** 30);
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${cores} cores (${model}), ${gigabytes} GiB, ${process.platform}-${process.arch}, Node ${process.version}`;
}

/** @returns {string} */
function loadNow() {
  const load = os.loadavg()[0];
  const isBusy = load > BUSY_LOAD_PER_CORE * os.availableParallelism();
  const warning = isBusy ? ': THE MACHINE IS BUSY, times will be too long' : '';
  return `load average of the last minute ${load.toFixed(2)}${warning}`;
}

module.exports = { loadNow, machineClass };
