'use strict';

/**
 * Lets modules grow between three captures and tells the report.
 *
 *     grow_and_diagnose.js FILE...      each exports `grow()`
 */

const heapwatch = require('../..');

async function main() {
  const modules = process.argv.slice(2).map((file) => require(file));
  const graphs = [];
  for (let i = 0; i < 3; i++) {
    for (const { grow } of modules) grow();
    graphs.push(await heapwatch.capture({ method: 'v8' }));
  }
  const report = await heapwatch.diagnose(graphs, { maxSuspects: 100 });
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

main();
