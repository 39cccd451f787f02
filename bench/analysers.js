'use strict';

/**
 * How long heapwatch and its peers take to analyse the same snapshot, and in how much memory:
 * `node bench/analysers.js [--heap orders:3660000] [--file FILE]` and the options of run_options.js.
 * See README.md here.
 */

const path = require('node:path');
const { parseArgs } = require('node:util');

const { measureAnalysers, report } = require('./analysis_runs.js');
const { machineClass } = require('./machine.js');
const { OPTIONS, USAGE, runOptions } = require('./run_options.js');
const { snapshotOf } = require('./snapshots.js');

function main() {
  const { values } = parseArgs({
    options: {
      ...OPTIONS,
      heap: { type: 'string', default: 'orders:3660000' },
      file: { type: 'string' },
    },
  });
  const options = runOptions(values);
  if (options === null) {
    console.error(`usage: node bench/analysers.js [--heap HEAP] [--file FILE] ${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const file = values.file ? path.resolve(values.file) : snapshotOf(values.heap);
  const measured = measureAnalysers(file, options);
  console.log(`${machineClass()}\n${report(measured)}`);
  console.log('\nratio: to heapwatch. What each one did:');
  for (const { id, does } of measured.results.keys()) console.log(`- ${id}: ${does}`);
}

main();
