'use strict';

/**
 * What a HeapDiff costs a process, beside that of @airbnb/node-memwatch:
 * `node bench/heap_diff.js [--objects 500000] [--runs 5]`. See README.md here.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { npmCommand } = require('../scripts/install-packages.js');
const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { installPackages } = require('./npm_install.js');
const { megabytes, milliseconds, ratio, spreadOf, table, withSpread } = require('./table.js');

/** @typedef {import('./heap_diff_child.js').DiffCost} DiffCost */

const CHILD = path.join(__dirname, 'heap_diff_child.js');
const FOLDER = path.join(__dirname, 'out', 'memwatch');
const PEER = '@airbnb/node-memwatch';
const VERSION = '3.0.0';
const OURS = path.join(__dirname, '..', 'memwatch.js');

/** @returns {string | null} why it can't be used */
function installPeer() {
  const failure = installPackages(FOLDER, [`${PEER}@${VERSION}`]);
  const addon = path.join(FOLDER, 'node_modules', PEER, 'build', 'Release', 'memwatch.node');
  if (failure !== null || fs.existsSync(addon)) return failure;
  // It has no prebuilt addons: this needs a C++ compiler.
  const { command, args, shell } = npmCommand();
  spawnSync(command, [...args, 'rebuild'], { cwd: FOLDER, shell, stdio: 'ignore' });
  return fs.existsSync(addon) ? null : `${PEER} can't be built here`;
}

/** @type {[string, (cost: DiffCost) => number, (value: number) => string][]} */
const MEASURES = [
  ['new HeapDiff(), ms', (cost) => cost.beginMs, milliseconds],
  ['end(), ms', (cost) => cost.endMs, milliseconds],
  ['blocked, ms', (cost) => cost.beginMs + cost.endMs, milliseconds],
  ['RSS before, MB', (cost) => cost.rssBefore, megabytes],
  ['peak RSS, MB', (cost) => cost.peakRss, megabytes],
];

/** @param {Record<string, DiffCost[]>} costs */
function costTable(costs) {
  const rows = MEASURES.map(([name, of, format]) => {
    const [peer, ours] = [costs.peer.map(of), costs.ours.map(of)];
    const times = ratio(spreadOf(peer).median, spreadOf(ours).median);
    return [name, withSpread(peer, format), withSpread(ours, format), times];
  });
  return table(['median (min-max)', PEER, 'heapwatch', 'times less'], rows);
}

function main() {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: '500000' },
      runs: { type: 'string', default: '5' },
    },
  });
  if (![values.objects, values.runs].every((text) => /^[1-9]\d*$/.test(text))) {
    console.error('usage: node bench/heap_diff.js [--objects 500000] [--runs 5]');
    process.exitCode = 2;
    return;
  }
  const failure = installPeer();
  if (failure !== null) throw new Error(failure);
  /** @type {Record<'peer' | 'ours', DiffCost[]>} */
  const costs = { peer: [], ours: [] };
  const peer = path.join(FOLDER, 'node_modules', PEER);
  const busy = [];
  for (let run = 1; run <= Number(values.runs); run += 1) {
    busy.push(coresBusyWithOthers());
    process.stderr.write(`run ${run} of ${values.runs}\n`);
    costs.peer.push(measureInChild(CHILD, [peer, values.objects]));
    costs.ours.push(measureInChild(CHILD, [OURS, values.objects]));
  }
  console.log(`\n${machineClass()}\n${othersReport(busy)}\n`);
  console.log(costTable(costs));
  const { peakRss, childBytes } = measureInChild(CHILD, [OURS, values.objects, 'watched']);
  const peak = spreadOf(costs.peer.map((cost) => cost.peakRss)).median;
  console.log(
    `\nwith what the forked child has for itself, ${megabytes(childBytes)} MB: ` +
      `${ratio(peak, peakRss + childBytes)} less`,
  );
}

main();
