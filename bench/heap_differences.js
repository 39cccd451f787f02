'use strict';

/**
 * What differs between a heap as it was walked and as V8 wrote it, right after one another in one
 * quiet process: what to look at to support a new version of V8.
 *
 *     node bench/heap_differences.js WALK.heapsnapshot V8.heapsnapshot
 *         [--limit 20] [--node-edges 1000000] [--planted planted] [--node MAJOR]
 *
 * `--limit`: lines of each table. `--node-edges`: most objects that are compared edge by edge.
 * `--planted`: a global variable of the process; what it holds is matched first. `--node`: the major
 * version that wrote the files, if it is not the one that runs this.
 *
 * Exit code: 0 if each difference is explained, 1 if not, 2 for wrong usage.
 */

const { parseArgs } = require('node:util');

const { differencesReport } = require('./differences_report.js');
const { compareHeaps } = require('../__test__/walk_oracle/heap_comparison.js');

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '20' },
      'node-edges': { type: 'string', default: '1000000' },
      planted: { type: 'string', default: 'planted' },
      node: { type: 'string', default: process.versions.node.split('.')[0] },
    },
  });
  if (positionals.length !== 2) {
    console.error('usage: node bench/heap_differences.js WALK.heapsnapshot V8.heapsnapshot');
    process.exitCode = 2;
    return;
  }
  const [walk, v8] = positionals;
  const comparison = await compareHeaps(walk, v8, {
    major: Number(values.node),
    maxObjects: Number(values['node-edges']),
    planted: values.planted,
  });
  console.log(differencesReport(comparison, Number(values.limit)));
  if (comparison.unexplained.length > 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
