'use strict';

/**
 * Runs of several analysers on one snapshot, each in a fresh process, and their table.
 */

const fs = require('node:fs');
const path = require('node:path');

const { coresBusyWithOthers, othersReport } = require('./machine.js');
const { measureInChild } = require('./measuring_child.js');
const { ANALYSERS, install, packageFolder } = require('./peers.js');
const { totalsOf } = require('./snapshot_file.js');
const { megabytes, ratio, seconds, spreadOf, table, withSpread } = require('./table.js');

/**
 * @typedef {import('./peers.js').Analyser} Analyser
 * @typedef {{ wallMs: number, cpuMs: number, peakRss: number, nodes: number | null,
 *   classes: number }} Run times in ms, `peakRss` of the whole process in bytes
 *
 * @typedef {object} Measured
 * @property {string} file
 * @property {Map<Analyser, Run[]>} results without the analysers that failed
 * @property {number[]} busy cores that others kept busy before each run
 * @property {string[]} leftOut who failed, and why
 *
 * @typedef {object} RunOptions
 * @property {number} runs
 * @property {string[]} only ids of analysers
 * @property {string[]} prefix as for `measureInChild`
 * @property {number} timeoutMs of one run
 */

const CHILD = path.join(__dirname, 'analyser_child.js');

/** Peers that hold the graph in the JavaScript heap need more than V8 gives by default. */
const NODE_OPTIONS = ['--max-old-space-size=16384'];

/**
 * Each analyser in turn, then all of them again: what else happens on the machine meets all.
 *
 * @param {string} file
 * @param {RunOptions} options
 * @returns {Measured}
 */
function measureAnalysers(file, { runs, only, prefix, timeoutMs }) {
  // Reading it once puts it into the page cache for all.
  totalsOf(file);
  /** @type {Measured} */
  const measured = { file, results: new Map(), busy: [], leftOut: [] };
  for (const analyser of ANALYSERS.filter(({ id }) => only.includes(id))) {
    const problem = install(analyser);
    if (problem === null) measured.results.set(analyser, []);
    else measured.leftOut.push(`${analyser.id}: ${problem}`);
  }
  for (let run = 1; run <= runs; run += 1) {
    for (const [analyser, done] of measured.results) {
      measured.busy.push(coresBusyWithOthers());
      process.stderr.write(`run ${run} of ${runs}: ${analyser.id}\n`);
      try {
        const args = [analyser.id, file, packageFolder(analyser)];
        const options = { nodeOptions: NODE_OPTIONS, prefix, timeoutMs };
        done.push(measureInChild(CHILD, args, options));
      } catch (error) {
        measured.leftOut.push(`${analyser.id}: ${/** @type {Error} */ (error).message}`);
        measured.results.delete(analyser);
      }
    }
  }
  return measured;
}

/** @type {[string, 'wallMs' | 'cpuMs' | 'peakRss', (value: number) => string][]} */
const MEASURES = [
  ['wall, s', 'wallMs', seconds],
  ['CPU, s', 'cpuMs', seconds],
  ['peak RSS, MB', 'peakRss', megabytes],
];

/** @param {Run[]} runs @param {'wallMs' | 'cpuMs' | 'peakRss'} measure */
const medianOf = (runs, measure) => spreadOf(runs.map((run) => run[measure])).median;

/** @param {Map<Analyser, Run[]>} results */
function resultTable(results) {
  const ours = [...results].find(([analyser]) => analyser.package === null)?.[1];
  const rows = [...results].map(([{ id, version }, runs]) => {
    const cells = MEASURES.flatMap(([, measure, format]) => [
      withSpread(runs.map((run) => run[measure]), format),
      ours ? ratio(medianOf(runs, measure), medianOf(ours, measure)) : '-',
    ]);
    return [`${id} ${version}`, ...cells, String(runs[0].classes)];
  });
  const head = MEASURES.flatMap(([name]) => [name, 'ratio']);
  return table(['median (min-max)', ...head, 'classes'], rows);
}

/** @param {string} file */
function describeFile(file) {
  const { nodes, edges } = totalsOf(file);
  const size = megabytes(fs.statSync(file).size);
  return `${path.basename(file)}: ${size} MB, ${nodes} nodes, ${edges} edges`;
}

/**
 * @param {Measured} measured
 * @returns {string}
 */
function report({ file, results, busy, leftOut }) {
  const lines = [describeFile(file), othersReport(busy), '', resultTable(results)];
  const missing = leftOut.map((why) => `left out: ${why}`);
  return [...lines, ...(missing.length > 0 ? ['', ...missing] : [])].join('\n');
}

module.exports = { measureAnalysers, medianOf, report };
