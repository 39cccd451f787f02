'use strict';

/**
 * What a capture costs a process, side by side with `v8.writeHeapSnapshot` alone:
 * `node bench/capture.js [--objects 100000] [--runs 5]`. See README.md here.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { megabytes, ratio, seconds, spreadOf, table, withSpread } = require('./table.js');

/** @typedef {import('./capture_child.js').CaptureCost} CaptureCost */

const OUT = path.join(__dirname, 'out');
const CHILD = path.join(__dirname, 'capture_child.js');

const V8_ALONE = 'v8-file';
const HEAPWATCH = 'heapwatch';

/** Room for --objects of any size: V8's graph itself is no part of its heap limit. */
const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=8192'];

/**
 * @param {number} objects
 * @param {number} runs
 */
function measureAll(objects, runs) {
  /** @type {Record<string, CaptureCost[]>} */
  const costs = { [V8_ALONE]: [], [HEAPWATCH]: [] };
  /** @type {number[]} */
  const busy = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const method of Object.keys(costs)) {
      busy.push(coresBusyWithOthers());
      process.stderr.write(`run ${run} of ${runs}: ${method}\n`);
      const file = path.join(OUT, `capture-${process.pid}.heapsnapshot`);
      const args = [method, String(objects), file];
      costs[method].push(measureInChild(CHILD, args, { nodeOptions: NODE_OPTIONS }));
    }
  }
  return { costs, busy };
}

/**
 * By how much two captures in a row may differ, whatever the size of the heap: collections and the
 * compiler work in between. Seen with V8's own files, too: 38 nodes, 656 edges, 14 KB either way.
 *
 * @type {import('./snapshot_file.js').Totals}
 */
const ALLOWED_CHANGE = { nodes: 200, edges: 1000, totalSize: 32 << 10 };

/** @type {[string, (cost: CaptureCost) => number, (value: number) => string][]} */
const MEASURES = [
  ['loop pause, s', (cost) => cost.pauseMs, seconds],
  ['wall, s', (cost) => cost.wallMs, seconds],
  ['CPU, s', (cost) => cost.cpuMs, seconds],
  ['RSS before, MB', (cost) => cost.rssBefore, megabytes],
  ['peak RSS, MB', (cost) => cost.peakRss, megabytes],
  ['written to disk, MB', (cost) => cost.storageBytes ?? NaN, megabytes],
];

/** @param {Record<string, CaptureCost[]>} costs */
function costTable(costs) {
  const rows = MEASURES.map(([name, of, format]) => {
    const [v8Alone, ours] = [costs[V8_ALONE].map(of), costs[HEAPWATCH].map(of)];
    const ratioOfMedians = ratio(spreadOf(ours).median, spreadOf(v8Alone).median);
    return [name, withSpread(v8Alone, format), withSpread(ours, format), ratioOfMedians];
  });
  return table(['median (min-max)', 'v8.writeHeapSnapshot', 'heapwatch.capture', 'ratio'], rows);
}

/** @type {(keyof import('./snapshot_file.js').Totals)[]} */
const TOTALS = ['nodes', 'edges', 'totalSize'];

/**
 * What was captured next to the file that V8 wrote right after, in the first run; and for all runs
 * what changed in between, as it also does between two files that V8 writes in a row.
 *
 * @param {Record<string, CaptureCost[]>} costs
 */
function totalsTable(costs) {
  const rows = TOTALS.map((total) => {
    const [v8Alone, ours] = [costs[V8_ALONE], costs[HEAPWATCH]];
    return [
      total === 'totalSize' ? 'total size, bytes' : total,
      String(ours[0].captured[total]),
      String(ours[0].fileAfter[total]),
      changes(ours, total).join(' '),
      changes(v8Alone, total).join(' '),
    ];
  });
  const head = ['', 'heapwatch', 'V8 right after', 'change, all runs', 'V8 to V8, all runs'];
  return table(head, rows);
}

/**
 * What the file after has more than the capture, once for each value.
 *
 * @param {CaptureCost[]} costs
 * @param {keyof import('./snapshot_file.js').Totals} total
 * @returns {string[]}
 */
function changes(costs, total) {
  const all = costs.map((cost) => cost.fileAfter[total] - cost.captured[total]);
  return [...new Set(all)].map((change) => (change > 0 ? `+${change}` : String(change)));
}

/**
 * Whether the heaps are the same but for what one more capture changes: at most what V8's own
 * files differ by, or what is usual.
 *
 * @param {Record<string, CaptureCost[]>} costs
 */
function areEqual(costs) {
  return TOTALS.every((total) =>
    costs[HEAPWATCH].every(({ captured, fileAfter }) => {
      const difference = Math.abs(fileAfter[total] - captured[total]);
      const ofV8 = costs[V8_ALONE].map((c) => Math.abs(c.fileAfter[total] - c.captured[total]));
      return difference <= Math.max(...ofV8, ALLOWED_CHANGE[total]);
    }),
  );
}

/**
 * Whether heapwatch finds in each of V8's files exactly what is counted in it.
 *
 * @param {Record<string, CaptureCost[]>} costs
 */
function areReadExactly(costs) {
  return Object.values(costs)
    .flat()
    .every(({ fileAfter, fileOpened }) => TOTALS.every((t) => fileAfter[t] === fileOpened[t]));
}

/** @param {{ costs: Record<string, CaptureCost[]>, busy: number[] }} measured */
function report({ costs, busy }) {
  const peak = (/** @type {string} */ method) =>
    spreadOf(costs[method].map((cost) => cost.peakRss)).median;
  const beyond = peak(HEAPWATCH) - peak(V8_ALONE);
  const { nodes } = costs[HEAPWATCH][0].captured;
  console.log(`\n${machineClass()}\n${othersReport(busy)}\n`);
  console.log(costTable(costs));
  console.log(
    `\npeak RSS beyond V8's own: ${megabytes(beyond)} MB, ` +
      `${(beyond / nodes).toFixed(0)} bytes a node`,
  );
  console.log(
    'wall: V8 until the file is written; heapwatch until the graph with retained sizes and ' +
      'classes is ready',
  );
  if (!costs[HEAPWATCH][0].isPeakOfCapture) {
    console.log('the peaks include building the heap: this system cannot reset them');
  }
  console.log(`\n${totalsTable(costs)}`);
  const checks = [
    ["capture and V8's file are equal but for what one more capture changes", areEqual(costs)],
    ["heapwatch reads V8's files exactly as they are counted here", areReadExactly(costs)],
  ];
  console.log(`\n${checks.map(([what, holds]) => `${what}: ${holds ? 'yes' : 'NO'}`).join('\n')}`);
  process.exitCode = checks.every(([, holds]) => holds) ? 0 : 1;
}

function main() {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: '100000' },
      runs: { type: 'string', default: '5' },
    },
  });
  const [objects, runs] = [Number(values.objects), Number(values.runs)];
  if (!(Number.isInteger(objects) && objects > 0 && Number.isInteger(runs) && runs > 0)) {
    console.error('usage: node bench/capture.js [--objects 100000] [--runs 5]');
    process.exitCode = 2;
    return;
  }
  fs.mkdirSync(OUT, { recursive: true });
  report(measureAll(objects, runs));
}

main();
