'use strict';

/**
 * The machine a benchmark runs on, and how busy it is.
 */

const os = require('node:os');

const { spreadOf } = require('./table.js');

/** How long the machine is watched before a run, ms: long enough for a share of whole ticks. */
const WATCHED_MS = 300;

/** Cores' worth of other work above which times are not to be trusted. */
const BUSY_CORES = 0.3;

/** @returns {string} what a reader has to know to compare numbers */
function machineClass() {
  const cores = os.availableParallelism();
  const gigabytes = Math.round(os.totalmem() / 2 ** 30);
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const platform = `${process.platform}-${process.arch}`;
  return `${cores} cores (${model}), ${gigabytes} GiB, ${platform}, Node ${process.version}`;
}

/**
 * How many cores others keep busy: for a moment this process sleeps, and no child of it runs. The
 * load average would not tell, since it remembers the run before.
 *
 * @returns {number} 0 to the number of cores
 */
function coresBusyWithOthers() {
  const before = coreTimes();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WATCHED_MS);
  const after = coreTimes();
  const total = after.total - before.total;
  return total > 0 ? ((after.busy - before.busy) / total) * os.availableParallelism() : 0;
}

function coreTimes() {
  let [busy, total] = [0, 0];
  for (const { times } of os.cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += all - times.idle;
    total += all;
  }
  return { busy, total };
}

/**
 * @param {number[]} busy before each run
 * @returns {string}
 */
function othersReport(busy) {
  const { median, max } = spreadOf(busy);
  const line =
    'cores busy with other work before the runs: ' +
    `${median.toFixed(2)}, at most ${max.toFixed(2)}`;
  return max > BUSY_CORES ? `${line}; some times are too long` : line;
}

module.exports = { coresBusyWithOthers, machineClass, othersReport };
