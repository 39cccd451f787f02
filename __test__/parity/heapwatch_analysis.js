'use strict';

/**
 * What heapwatch's graph engine says about a snapshot, node by node: the example `dump_analysis`
 * of `crates/graph`. It is built in the dev profile, as the tests of the crates are, so arithmetic
 * is checked.
 *
 * @typedef {import('./devtools_analysis.js').Analysis} Analysis
 */

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');

/**
 * @param {string} file
 * @returns {Analysis}
 */
function analyzeWithHeapwatch(file) {
  const dump = runDump(path.resolve(file));
  const headerEnd = dump.indexOf('\n');
  const { nodes, classes } = JSON.parse(dump.toString('utf8', 0, headerEnd));
  let at = headerEnd + 1;
  /** @param {number} width bytes of an entry */
  const nextColumn = (width) => {
    const length = nodes * width;
    // A copy: entries of typed arrays have to be aligned.
    const column = new Uint8Array(dump.subarray(at, at + length)).buffer;
    at += length;
    return column;
  };
  return {
    id: new Uint32Array(nextColumn(4)),
    dominator: new Uint32Array(nextColumn(4)),
    retained: new Float64Array(nextColumn(8)),
    shallow: new Float64Array(nextColumn(8)),
    distance: new Int32Array(nextColumn(4)),
    class: new Uint32Array(nextColumn(4)),
    classes,
  };
}

/**
 * @param {string} file
 * @returns {Buffer}
 */
function runDump(file) {
  const example = ['--quiet', '-p', 'heapwatch-graph', '--example', 'dump_analysis'];
  const { status, stdout, error } = spawnSync('cargo', ['run', ...example, '--', file], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: Infinity,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`dump_analysis failed on ${file}: ${status}`);
  return stdout;
}

module.exports = { analyzeWithHeapwatch };
