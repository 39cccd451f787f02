'use strict';

/**
 * Drives a program of the corpus, captures its heap after each dose of work, and writes the report
 * to file descriptor 3.
 *
 *     node diagnosed_program.js FOLDER walk|v8
 */

const fs = require('node:fs');
const path = require('node:path');

const heapwatch = require('../..');

const CAPTURES = 3;
const REPORT_FD = 3;

/** What was closed tells its listeners in turns of the event loop to come. */
const TURNS = 20;

/**
 * @param {import('./corpus.js').Program} program
 * @param {'walk' | 'v8'} method
 */
async function diagnosed(program, method) {
  await program.start?.();
  const graphs = [];
  for (let i = 0; i < CAPTURES; i++) {
    await program.work(program.dose);
    for (let turn = 0; turn < TURNS; turn++) await new Promise((next) => setImmediate(next));
    graphs.push(await heapwatch.capture({ method }));
  }
  return heapwatch.diagnose(graphs);
}

async function main() {
  const [folder, method] = process.argv.slice(2);
  const program = require(path.join(folder, 'program.js'));
  const report = await diagnosed(program, /** @type {'walk' | 'v8'} */ (method));
  fs.writeFileSync(REPORT_FD, JSON.stringify(report));
  // What it leaked may keep it alive.
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
