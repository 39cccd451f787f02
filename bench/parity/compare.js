'use strict';

/**
 * Compares what heapwatch says about every node and class of a snapshot with what Chrome DevTools
 * says: immediate dominator, retained size, shallow size, distance, class and its sums.
 *
 *     node bench/parity/compare.js FILE.heapsnapshot...
 *
 * The same as the parity test (`__test__/devtools.parity.js`) does, for files of your own.
 * Exit code: 0 if all is equal, 1 if not, 2 for wrong usage or if something could not be run.
 */

const { differencesBetween } = require('../../__test__/parity/comparison.js');
const { analyzeWithDevTools } = require('../../__test__/parity/devtools_analysis.js');
const { analyzeWithHeapwatch } = require('../../__test__/parity/heapwatch_analysis.js');

/** @param {string} message */
function stopWith(message) {
  process.stderr.write(`parity: ${message}\n`);
  process.exit(2);
}

async function main() {
  const files = process.argv.slice(2);
  if (files.length === 0) stopWith('usage: node bench/parity/compare.js FILE.heapsnapshot...');
  for (const file of files) {
    const theirs = await analyzeWithDevTools(file);
    const differences = differencesBetween(analyzeWithHeapwatch(file), theirs);
    const told = [`${theirs.class.length} nodes, ${theirs.classes.length} classes`, ...differences];
    console.log(`${file}: ${told.join('\n')}`);
    if (differences.length > 0) process.exitCode = 1;
  }
}

main().catch((error) => stopWith(error.stack));
