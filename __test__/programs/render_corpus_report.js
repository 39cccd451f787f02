'use strict';

/**
 * Prints the report of a program of the corpus.
 *
 *     render_corpus_report.js NAME compared|one-capture
 */

const path = require('node:path');

const heapwatch = require('../..');

const CAPTURES = 3;
/** What was closed tells its listeners in turns of the event loop to come. */
const TURNS = 20;

async function main() {
  const [name, kind] = process.argv.slice(2);
  const folder = path.join(__dirname, '..', 'leaks', 'programs', name);
  const program = require(path.join(folder, 'program.js'));
  await program.start?.();
  const graphs = [];
  for (let i = 0; i < CAPTURES; i++) {
    await program.work(program.dose);
    for (let turn = 0; turn < TURNS; turn++) await new Promise((next) => setImmediate(next));
    graphs.push(await heapwatch.capture({ method: 'v8' }));
  }
  const report = await heapwatch.diagnose(kind === 'compared' ? graphs : graphs.slice(-1));
  process.stdout.write(heapwatch.renderText(report, { root: folder }), () => process.exit(0));
}

main();
