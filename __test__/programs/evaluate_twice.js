'use strict';

/** Evaluates the package's modules twice; the addon is loaded once. */

const path = require('node:path');

/** @typedef {typeof import('../..')} Heapwatch */

/** @type {Heapwatch} */
const first = require('../..');
const folder = path.join(__dirname, '..', '..');
for (const file of Object.keys(require.cache)) {
  if (file.startsWith(folder) && file.endsWith('.js')) delete require.cache[file];
}
/** @type {Heapwatch} */
const second = require('../..');

async function main() {
  const copies = [first, second];
  for (const heapwatch of copies) heapwatch.watch();
  second.stop();
  const graphs = await Promise.all(copies.map((heapwatch) => heapwatch.capture()));
  const result = {
    same: first.capture === second.capture,
    nodes: graphs.map(({ nodeCount }) => nodeCount > 0),
    running: copies.map((heapwatch) => heapwatch.status()?.running ?? false),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main();
