'use strict';

/**
 * What it takes to compare three captures of a large heap:
 * `node bench/diagnosis.js [--objects 5000000] [--runs 5]`. See README.md here.
 */

const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { megabytes, milliseconds, seconds, spreadOf, table, withSpread } = require('./table.js');

/** @typedef {import('./diagnosis_child.js').DiagnosisCost} DiagnosisCost */

const CHILD = path.join(__dirname, 'diagnosis_child.js');

/** Room for 100 million objects. */
const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=8192'];

const DEFAULT_OBJECTS = 5_000_000;

/** What is to be told first: see the child. */
const LEAKING = 'sessions';

/** What a diagnosis is meant to take with that many objects. */
const GOALS = { wallMs: 5000, addedBytes: 1e9 };

/**
 * A row: its name, what it shows of a run, how, and what it is meant to be at most.
 *
 * @type {[string, (cost: DiagnosisCost) => number, (value: number) => string, number?][]}
 */
const ROWS = [
  ['diagnosis, s', (cost) => cost.wallMs, seconds, GOALS.wallMs],
  ['CPU, s', (cost) => cost.cpuMs, seconds],
  ['loop pause, ms', (cost) => cost.pauseMs, milliseconds],
  ['three graphs, MB', (cost) => cost.graphBytes, megabytes],
  ['memory beyond the graphs, MB', (cost) => cost.addedBytes, megabytes, GOALS.addedBytes],
];

/**
 * @param {number} objects
 * @param {number} runs
 */
function measureAll(objects, runs) {
  /** @type {DiagnosisCost[]} */
  const costs = [];
  /** @type {number[]} */
  const busy = [];
  for (let run = 1; run <= runs; run += 1) {
    busy.push(coresBusyWithOthers());
    process.stderr.write(`run ${run} of ${runs}\n`);
    costs.push(measureInChild(CHILD, [String(objects)], { nodeOptions: NODE_OPTIONS }));
  }
  return { costs, busy };
}

/**
 * @param {DiagnosisCost[]} costs
 * @param {boolean} hasGoals
 */
function costTable(costs, hasGoals) {
  const rows = ROWS.map(([name, of, format, goal]) => {
    const values = costs.map(of);
    const cells = [name, withSpread(values, format)];
    if (!hasGoals) return cells;
    const isReached = goal !== undefined && spreadOf(values).max <= goal;
    const reached = goal === undefined ? '' : isReached ? 'yes' : 'NO';
    return [...cells, goal === undefined ? '' : format(goal), reached];
  });
  const head = ['median (min-max)', 'measured'];
  return table(hasGoals ? [...head, 'goal', 'reached'] : head, rows);
}

/**
 * @param {{ costs: DiagnosisCost[], busy: number[] }} measured
 * @param {number} objects
 */
function report({ costs, busy }, objects) {
  console.log(`\n${machineClass()}\n${othersReport(busy)}\n`);
  console.log(`three captures, the last of ${costs[0].nodes} nodes\n`);
  console.log(costTable(costs, objects === DEFAULT_OBJECTS));
  if (!costs.every(({ isPeakOfDiagnosis }) => isPeakOfDiagnosis)) {
    console.log('the peaks include the captures: this system cannot reset them');
  }
  const first = [...new Set(costs.map(({ suspect }) => suspect))];
  const counts = [...new Set(costs.map(({ suspects }) => suspects))];
  const isFound = first.every((suspect) => suspect === LEAKING) && counts.every((n) => n === 1);
  console.log(
    `\n${isFound ? 'found' : 'NOT FOUND'}: told first ${first.join(', ')}; ` +
      `suspects ${counts.join(', ')}`,
  );
  process.exitCode = isFound ? 0 : 1;
}

function main() {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: String(DEFAULT_OBJECTS) },
      runs: { type: 'string', default: '5' },
    },
  });
  const [objects, runs] = [Number(values.objects), Number(values.runs)];
  if (!(Number.isInteger(objects) && objects > 0 && Number.isInteger(runs) && runs > 0)) {
    console.error('usage: node bench/diagnosis.js [--objects 5000000] [--runs 5]');
    process.exitCode = 2;
    return;
  }
  report(measureAll(objects, runs), objects);
}

main();
