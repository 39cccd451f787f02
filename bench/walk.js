'use strict';

/**
 * What the walk of a live heap costs the process, next to V8's own snapshot of the same process:
 * `node bench/walk.js [--objects 5000000] [--captures 50] [--watched 10] [--in-place 5] [--v8 1]`.
 * See README.md here.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { megabytes, milliseconds, quantile, ratio, seconds, spreadOf, table, withSpread } =
  require('./table.js');

/** @typedef {import('./walk_child.js').WalkCost} WalkCost */
/** @typedef {import('./walk_child.js').Measured} Measured */

const OUT = path.join(__dirname, 'out');
const CHILD = path.join(__dirname, 'walk_child.js');

/** Room for 100 million objects. */
const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=8192'];

const DEFAULT_OBJECTS = 5_000_000;

/** What the walk is meant to reach with that many objects; memory at the most. */
const GOALS = { medianPauseMs: 60, worstPauseMs: 150, wallMs: 3000, addedBytes: 250e6 };

/** @type {[string, keyof Measured][]} */
const COLUMNS = [
  ['left alone', 'none'],
  ['walk, forked', 'forked'],
  ['walk, in place', 'inPlace'],
  ['capture, v8', 'v8Graph'],
  ['v8.writeHeapSnapshot', 'v8File'],
];

/**
 * A row: its name, what it shows of the costs in a column, and which number of them is compared.
 *
 * @typedef {[string, (costs: WalkCost[]) => string, (costs: WalkCost[]) => number]} Row
 */

/**
 * @param {string} name
 * @param {(cost: WalkCost) => number} of
 * @param {(value: number) => string} format
 * @returns {Row}
 */
function spreadRow(name, of, format) {
  return [
    name,
    (costs) => withSpread(costs.map(of), format),
    (costs) => spreadOf(costs.map(of)).median,
  ];
}

/**
 * @param {string} name
 * @param {(values: number[]) => number} statistic
 * @returns {Row}
 */
function pauseRow(name, statistic) {
  const value = (/** @type {WalkCost[]} */ costs) => statistic(costs.map((cost) => cost.pauseMs));
  return [name, (costs) => milliseconds(value(costs)), value];
}

const median = (/** @type {number[]} */ values) => spreadOf(values).median;
const worst = (/** @type {number[]} */ values) => Math.max(...values);

/** Of the costs that a quantile is for, the share that it does not exceed. */
const P95 = 0.95;

/** @type {Row[]} */
const ROWS = [
  pauseRow('loop pause, median, ms', median),
  pauseRow('loop pause, p95, ms', (values) => quantile(values, P95)),
  pauseRow('loop pause, worst, ms', worst),
  spreadRow('pause by its own word, ms', (cost) => cost.saidMs ?? NaN, milliseconds),
  spreadRow('longest collection meanwhile, ms', (cost) => cost.collectionMs, milliseconds),
  spreadRow('until the graph or file, s', (cost) => cost.wallMs, seconds),
  spreadRow('memory added, MB', (cost) => cost.addedBytes, megabytes),
];

/** @param {Measured} measured */
function costTable(measured) {
  /** @param {keyof Measured} id */
  const costsOf = (id) => /** @type {WalkCost[]} */ (measured[id]);
  const columns = COLUMNS.filter(([, id]) => costsOf(id).length > 0);
  const hasV8 = measured.v8File.length > 0;
  const rows = ROWS.map(([name, show, number]) => {
    const cells = columns.map(([, id]) => {
      const shown = show(costsOf(id));
      return shown.includes('NaN') ? '-' : shown;
    });
    const factor = hasV8 ? ratio(number(measured.v8File), number(measured.forked)) : '-';
    return [name, ...cells, factor.includes('NaN') ? '-' : factor];
  });
  const counts = ['captures', ...columns.map(([, id]) => String(costsOf(id).length)), ''];
  return table(['', ...columns.map(([name]) => name), 'V8 file / forked'], [counts, ...rows]);
}

/**
 * Peaks of the process, of its child, and of the sum of both over time: the process has its own when
 * the child is long gone.
 *
 * @param {WalkCost[]} watched
 */
function memoryReport(watched) {
  if (watched.length === 0) return 'memory of the child: not watched';
  /** @param {(cost: WalkCost) => number} of */
  const spread = (of) => {
    const seen = watched.map(of).filter((bytes) => bytes > 0);
    return seen.length > 0 ? withSpread(seen, megabytes) : 'not seen';
  };
  return (
    `memory added, MB, in ${watched.length} further forked walks: ` +
    `process ${spread((cost) => cost.addedBytes)}, ` +
    `child's private pages ${spread((cost) => cost.childBytes ?? NaN)}, ` +
    `both at a time ${spread((cost) => cost.bothBytes ?? NaN)}`
  );
}

/** @param {Measured} measured */
function goalsReport({ forked, watched }) {
  const pauses = forked.map((cost) => cost.pauseMs);
  const added = watched.map((cost) => cost.bothBytes ?? NaN);
  /** @type {[string, number, number, (value: number) => string][]} */
  const goals = [
    ['loop pause, median, ms', median(pauses), GOALS.medianPauseMs, milliseconds],
    ['loop pause, worst, ms', worst(pauses), GOALS.worstPauseMs, milliseconds],
    ['until the graph, median, s', median(forked.map((c) => c.wallMs)), GOALS.wallMs, seconds],
    ['memory added at a time, MB', added.length ? worst(added) : NaN, GOALS.addedBytes, megabytes],
  ];
  const rows = goals.map(([name, value, goal, format]) => [
    name,
    format(value),
    format(goal),
    value <= goal ? 'yes' : 'NO',
  ]);
  return table(['forked walk', 'measured', 'goal', 'reached'], rows);
}

/**
 * @param {Measured} measured
 * @param {number} objects
 * @param {number} busy
 */
function report(measured, objects, busy) {
  const { forked, heapBytes } = measured;
  const first = forked[0];
  const last = forked[forked.length - 1];
  console.log(`\n${machineClass()}\n${othersReport([busy])}\n`);
  console.log(
    `${first.nodes} nodes, ${megabytes(heapBytes)} MB of heap; RSS ${megabytes(first.rssBefore)} MB ` +
      `before the first forked walk, ${megabytes(last.rssBefore)} MB before the last\n`,
  );
  console.log(costTable(measured));
  console.log(`\n${memoryReport(measured.watched)}`);
  if (objects === DEFAULT_OBJECTS) console.log(`\n${goalsReport(measured)}`);
}

function main() {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: String(DEFAULT_OBJECTS) },
      captures: { type: 'string', default: '50' },
      watched: { type: 'string', default: '10' },
      'in-place': { type: 'string', default: '5' },
      v8: { type: 'string', default: '1' },
    },
  });
  const [objects, captures, watched, inPlace, v8] = [
    values.objects,
    values.captures,
    values.watched,
    values['in-place'],
    values.v8,
  ].map(Number);
  const counts = [objects, captures, watched, inPlace, v8];
  if (!counts.every((count) => Number.isInteger(count) && count >= 0) || objects * captures === 0) {
    console.error(
      'usage: node bench/walk.js [--objects 5000000] [--captures 50] [--watched 10] ' +
        '[--in-place 5] [--v8 1]',
    );
    process.exitCode = 2;
    return;
  }
  fs.mkdirSync(OUT, { recursive: true });
  const file = path.join(OUT, `walk-${process.pid}.heapsnapshot`);
  const busy = coresBusyWithOthers();
  const plan = JSON.stringify({ objects, captures, watched, inPlace, v8, file });
  report(measureInChild(CHILD, [plan], { nodeOptions: NODE_OPTIONS }), objects, busy);
}

main();
