'use strict';

/**
 * How long heapwatch and its peers take to analyse the same snapshot, and in how much memory:
 * `node bench/analysers.js [--nodes 3660000] [--runs 5] [--file FILE] [--only id,id]`.
 * See README.md here.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { ANALYSERS, install, packageFolder } = require('./peers.js');
const { totalsOf } = require('./snapshot_file.js');
const { megabytes, ratio, seconds, spreadOf, table, withSpread } = require('./table.js');

/**
 * @typedef {import('./peers.js').Analyser} Analyser
 * @typedef {{ wallMs: number, cpuMs: number, peakRss: number, nodes: number | null,
 *   classes: number }} Run times in ms, `peakRss` of the whole process in bytes
 */

const OUT = path.join(__dirname, 'out');
const CHILD = path.join(__dirname, 'analyser_child.js');

/** Peers that hold the graph in the JavaScript heap need more than V8 gives by default. */
const NODE_OPTIONS = ['--max-old-space-size=16384'];

/**
 * The snapshot of a process with about as many nodes; written once and kept.
 *
 * @param {number} nodes
 * @returns {string} the file
 */
function snapshotOf(nodes) {
  const version = process.version.split('.')[0];
  const file = path.join(OUT, `orders-${nodes}-${version}.heapsnapshot`);
  if (fs.existsSync(file)) return file;
  process.stderr.write(`writing ${file}; this blocks V8 for a while\n`);
  const script = path.join(__dirname, 'write_snapshot.js');
  const args = [...NODE_OPTIONS, script, String(nodes), file];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error('the snapshot could not be written');
  return file;
}

/**
 * The analysers that can be had here.
 *
 * @param {string[]} wanted ids
 * @returns {Analyser[]}
 */
function available(wanted) {
  const listed = ANALYSERS.filter(({ id }) => wanted.includes(id));
  return listed.filter((analyser) => {
    const problem = install(analyser);
    if (problem !== null) console.log(`left out: ${analyser.package}: ${problem}`);
    return problem === null;
  });
}

/**
 * Each analyser in turn, then all of them again: what else happens on the machine meets all.
 *
 * @param {Analyser[]} analysers
 * @param {string} file
 * @param {number} runs
 * @returns {{ results: Map<Analyser, Run[]>, busy: number[] }} without the analysers that failed
 */
function measureAll(analysers, file, runs) {
  /** @type {Map<Analyser, Run[]>} */
  const results = new Map(analysers.map((analyser) => [analyser, []]));
  /** @type {number[]} */
  const busy = [];
  for (let run = 1; run <= runs; run += 1) {
    for (const [analyser, done] of results) {
      busy.push(coresBusyWithOthers());
      process.stderr.write(`run ${run} of ${runs}: ${analyser.id}\n`);
      try {
        const args = [analyser.id, file, packageFolder(analyser)];
        done.push(measureInChild(CHILD, args, NODE_OPTIONS));
      } catch (error) {
        console.log(`left out: ${analyser.id}: ${/** @type {Error} */ (error).message}`);
        results.delete(analyser);
      }
    }
  }
  return { results, busy };
}

/** @type {[string, 'wallMs' | 'cpuMs' | 'peakRss', (value: number) => string][]} */
const MEASURES = [
  ['wall, s', 'wallMs', seconds],
  ['CPU, s', 'cpuMs', seconds],
  ['peak RSS, MB', 'peakRss', megabytes],
];

/** @param {Map<Analyser, Run[]>} results */
function resultTable(results) {
  const ours = [...results].find(([analyser]) => analyser.package === null)?.[1];
  /** @param {Run[]} runs @param {'wallMs' | 'cpuMs' | 'peakRss'} measure */
  const median = (runs, measure) => spreadOf(runs.map((run) => run[measure])).median;
  const rows = [...results].map(([{ id, version }, runs]) => {
    const cells = MEASURES.flatMap(([, measure, format]) => [
      withSpread(runs.map((run) => run[measure]), format),
      ours ? ratio(median(runs, measure), median(ours, measure)) : '-',
    ]);
    return [`${id} ${version}`, ...cells, String(runs[0].classes)];
  });
  const head = MEASURES.flatMap(([name]) => [name, 'ratio']);
  return table(['median (min-max)', ...head, 'classes'], rows);
}

/**
 * @param {string} file
 * @param {{ results: Map<Analyser, Run[]>, busy: number[] }} measured
 */
function report(file, { results, busy }) {
  const { nodes, edges } = totalsOf(file);
  const size = megabytes(fs.statSync(file).size);
  console.log(`\n${machineClass()}\n${othersReport(busy)}`);
  console.log(`${path.basename(file)}: ${size} MB, ${nodes} nodes, ${edges} edges\n`);
  console.log(resultTable(results));
  console.log('\nratio: to heapwatch. What each one did:');
  for (const { id, does } of results.keys()) console.log(`- ${id}: ${does}`);
}

/** @param {string | undefined} text */
const isCount = (text) => /^[1-9]\d*$/.test(text ?? '');

function main() {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '3660000' },
      runs: { type: 'string', default: '5' },
      file: { type: 'string' },
      only: { type: 'string', default: ANALYSERS.map(({ id }) => id).join() },
    },
  });
  if (!isCount(values.nodes) || !isCount(values.runs)) {
    console.error(
      'usage: node bench/analysers.js [--nodes 3660000] [--runs 5] [--file FILE] [--only id,id]',
    );
    process.exitCode = 2;
    return;
  }
  fs.mkdirSync(OUT, { recursive: true });
  const analysers = available(values.only.split(','));
  const file = path.resolve(values.file ?? snapshotOf(Number(values.nodes)));
  // Reading it once puts it into the page cache for all.
  totalsOf(file);
  report(file, measureAll(analysers, file, Number(values.runs)));
}

main();
