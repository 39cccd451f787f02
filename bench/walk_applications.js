'use strict';

/**
 * Compares walks of real applications with V8's snapshots of them, made in the same moment.
 *
 *     node bench/walk_applications.js [--only express,fastify,typescript,eslint,next] [--limit 20]
 *         [--heap FILE] [--method walk|v8]
 *
 * The services are under load. `--heap`: a module of your own that exports `plant()`. `--method v8`
 * compares V8 with itself: the noise. Exit code: 0 if each difference is explained, 1 if not, 2 if
 * something could not be run.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { install } = require('./applications/installed.js');
const { differencesReport } = require('./differences_report.js');
const { compareHeaps } = require('../__test__/walk_oracle/heap_comparison.js');

const OUT = path.join(__dirname, 'out', 'walks');
const PROGRAM = path.join(__dirname, '..', '__test__', 'programs', 'walk_and_v8.js');
const APPLICATIONS = ['express', 'fastify', 'typescript', 'eslint', 'next'];
const [MAJOR] = process.versions.node.split('.').map(Number);

/**
 * @param {string} heap a file that exports `plant()`
 * @param {string} method
 * @returns {{ name: string, walk: string, v8: string }[]}
 */
function pairsOf(heap, method) {
  const folder = path.join(OUT, `${path.basename(heap, '.js')}-node${MAJOR}`);
  fs.mkdirSync(folder, { recursive: true });
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, heap, folder, method], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${heap} ended with ${status}`);
  const { pairs, unsupported } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (unsupported !== undefined) throw new Error(unsupported);
  return pairs;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: APPLICATIONS.join() },
      heap: { type: 'string' },
      limit: { type: 'string', default: '20' },
      method: { type: 'string', default: 'walk' },
    },
  });
  const { only, heap, limit, method } = values;
  if (heap === undefined) install();
  const heaps =
    heap === undefined
      ? only.split(',').map((name) => path.join(__dirname, 'applications', `${name}.js`))
      : [path.resolve(heap)];
  for (const file of heaps) {
    for (const { name, walk, v8 } of pairsOf(file, method)) {
      console.log(`\n${path.basename(file, '.js')}, ${name}, Node ${process.version}`);
      const comparison = await compareHeaps(walk, v8, { major: MAJOR });
      console.log(differencesReport(comparison, Number(limit)));
      if (comparison.unexplained.length > 0) process.exitCode = 1;
    }
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
