'use strict';

/**
 * The tables of docs/COMPARISON.md: `node bench/comparison.js [--parts peers,growth,lists,webpack]`
 * and the options of run_options.js. Everything that is needed is made and installed first. See
 * README.md here.
 */

const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { measureAnalysers, medianOf, report } = require('./analysis_runs.js');
const { machineClass } = require('./machine.js');
const { ANALYSERS } = require('./peers.js');
const { OPTIONS, USAGE, runOptions } = require('./run_options.js');
const { snapshotOf } = require('./snapshots.js');
const { totalsOf } = require('./snapshot_file.js');
const { megabytes, seconds, table } = require('./table.js');

/** @typedef {import('./analysis_runs.js').RunOptions} RunOptions */

/** About 2.5, 5 and 10 million nodes with four edges each. */
const GROWING = ['related:2350000', 'related:4700000', 'related:9400000'];

/** @type {Record<string, { title: string, run: (options: RunOptions) => string }>} */
const PARTS = {
  peers: {
    title: 'A large service, all analysers',
    run: (options) => report(measureAnalysers(snapshotOf('orders:3660000'), options)),
  },
  growth: { title: 'How cost grows', run: growth },
  lists: {
    title: 'Lists whose values are indexed elsewhere',
    run: (options) =>
      ['list:100000', 'list:3000000']
        .map((heap) => report(measureAnalysers(snapshotOf(heap), options)))
        .join('\n\n'),
  },
  webpack: {
    title: 'A real application: webpack after a build',
    run(options) {
      const file = snapshotOf('webpack:0');
      return `${report(measureAnalysers(file, options))}\n\n${parityOf(file)}`;
    },
  },
};

const PARITY = path.join(__dirname, 'parity', 'compare.js');

/**
 * Whether every node and class is as in Chrome DevTools.
 *
 * @param {string} file
 */
function parityOf(file) {
  const compared = spawnSync(process.execPath, ['--max-old-space-size=16384', PARITY, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const verdict = ['every one as in Chrome DevTools', 'NOT all as in Chrome DevTools'];
  const told = verdict[compared.status ?? 2] ?? `not compared: ${compared.stderr}`;
  return `${path.basename(compared.stdout.trim())}: ${told}`;
}

/**
 * heapwatch alone on three sizes, and the time over n log n, n being nodes and edges: it must not
 * grow.
 *
 * @param {RunOptions} options
 */
function growth(options) {
  const rows = GROWING.map((heap) => {
    const file = snapshotOf(heap);
    const { results } = measureAnalysers(file, { ...options, only: ['heapwatch'] });
    const [runs] = results.values();
    const { nodes, edges } = totalsOf(file);
    const [wall, cpu, rss] = [
      medianOf(runs, 'wallMs'), medianOf(runs, 'cpuMs'), medianOf(runs, 'peakRss'),
    ];
    const work = (nodes + edges) * Math.log2(nodes + edges);
    return [
      String(nodes), String(edges), seconds(wall), seconds(cpu),
      ((cpu * 1e6) / work).toFixed(2), megabytes(rss),
    ];
  });
  return table(['nodes', 'edges', 'wall, s', 'CPU, s', 'CPU, ns / n log n', 'peak RSS, MB'], rows);
}

function main() {
  const { values } = parseArgs({
    options: { ...OPTIONS, parts: { type: 'string', default: Object.keys(PARTS).join() } },
  });
  const options = runOptions(values);
  const parts = values.parts.split(',');
  if (options === null || !parts.every((part) => part in PARTS)) {
    console.error(`usage: node bench/comparison.js [--parts ${Object.keys(PARTS)}] ${USAGE}`);
    process.exitCode = 2;
    return;
  }
  console.log(machineClass());
  for (const part of parts) console.log(`\n## ${PARTS[part].title}\n\n${PARTS[part].run(options)}`);
  console.log('\nratio: to heapwatch. What each analyser does:');
  for (const { id, does } of ANALYSERS) console.log(`- ${id}: ${does}`);
}

main();
