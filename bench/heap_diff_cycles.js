'use strict';

/**
 * Thousands of HeapDiffs in one process, or as many as there is time for:
 * `node bench/heap_diff_cycles.js [--cycles 2000] [--seconds 90]`. See README.md here.
 */

const fs = require('node:fs');
const { parseArgs } = require('node:util');

const { HeapDiff } = require('../memwatch.js');
const { machineClass } = require('./machine.js');
const { cpuMs } = require('./process_cost.js');
const { megabytes, milliseconds, spreadOf, table, withSpread } = require('./table.js');

/** Cycles that are looked at together; the first of them are the warm-up. */
const PART = 50;
/** Halves of two parts each, or chance decides. */
const LEAST_PARTS = 4;
/** What chance may add to the resident set in all parts, far below a kilobyte a cycle. */
const MOST_GROWTH_BYTES = 2e6;

/** Of this process; elsewhere than on Linux it has none that can be told. */
function countOf(/** @type {string} */ what) {
  const folder = `/proc/self/${what}`;
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : 0;
}

/** @returns {number} children that run, or that nobody has waited for */
function children() {
  if (!fs.existsSync('/proc/self/task')) return 0;
  const lists = fs.readdirSync('/proc/self/task').map((thread) =>
    fs.readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '),
  );
  return lists.flat().filter((pid) => pid !== '').length;
}

function part() {
  const [start, cpuStart] = [performance.now(), cpuMs()];
  for (let i = 0; i < PART; i += 1) new HeapDiff().end();
  return {
    cycleMs: (performance.now() - start) / PART,
    cpuMs: (cpuMs() - cpuStart) / PART,
    rssBytes: process.memoryUsage.rss(),
    descriptors: countOf('fd'),
    threads: countOf('task'),
    children: children(),
  };
}

function main() {
  const { values } = parseArgs({
    options: {
      cycles: { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '90' },
    },
  });
  const parts = Math.ceil(Number(values.cycles) / PART);
  const endMs = Number(values.seconds) * 1000;
  if (!(parts >= LEAST_PARTS && endMs > 0)) {
    console.error('usage: node bench/heap_diff_cycles.js [--cycles 2000] [--seconds 90]');
    process.exitCode = 2;
    return;
  }
  const warmedUp = part();
  /** @type {ReturnType<typeof part>[]} */
  const all = [];
  while (all.length < LEAST_PARTS || (all.length < parts && performance.now() < endMs)) all.push(part());
  const half = all.length >> 1;
  const rss = (/** @type {typeof all} */ some) => spreadOf(some.map(({ rssBytes }) => rssBytes)).median;
  const growth = rss(all.slice(-half)) - rss(all.slice(0, half));
  // From the middle of one half to that of the other.
  const bytesPerCycle = growth / ((all.length - half) * PART);
  const last = all[all.length - 1];
  console.log(`${machineClass()}\n`);
  console.log(
    table(['median (min-max)', `${all.length * PART} HeapDiffs of a small program`], [
      ['a cycle, ms', withSpread(all.map(({ cycleMs }) => cycleMs), milliseconds)],
      ['processor of the process, ms', withSpread(all.map((it) => it.cpuMs), milliseconds)],
      ['RSS, MB', withSpread(all.map(({ rssBytes }) => rssBytes), megabytes)],
      ['second half less first half, MB', (growth / 1e6).toFixed(2)],
      ['growth, bytes a cycle', bytesPerCycle.toFixed(0)],
      ...(/** @type {const} */ (['descriptors', 'threads', 'children'])).map((what) => [
        `${what} more at the end`,
        String(last[what] - warmedUp[what]),
      ]),
    ]),
  );
  const isClean =
    growth <= MOST_GROWTH_BYTES &&
    last.descriptors <= warmedUp.descriptors &&
    last.threads <= warmedUp.threads &&
    last.children <= warmedUp.children;
  console.log(`\nnothing is left behind: ${isClean ? 'yes' : 'NO'}`);
  if (!isClean) process.exitCode = 1;
}

main();
