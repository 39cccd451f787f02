'use strict';

/** Uses this package and a copy of it in another folder. */

/** @typedef {typeof import('../..')} Heapwatch */

const [copy] = process.argv.slice(2);
/** @type {Heapwatch[]} */
const copies = [require('../..'), require(copy)];

/** @param {Heapwatch} heapwatch */
function sample(heapwatch) {
  const watcher = heapwatch.watch();
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 1);
    watcher.once('stats', ({ heapUsedBytes }) => {
      clearInterval(alive);
      resolve(heapUsedBytes > 0);
    });
    heapwatch.gc();
  });
}

async function main() {
  const [first, second] = copies;
  const samples = await Promise.all(copies.map(sample));
  const graphs = await Promise.all(copies.map((heapwatch) => heapwatch.capture()));
  const later = await Promise.all(copies.map((heapwatch) => heapwatch.capture()));
  const reports = await Promise.all(
    copies.map((heapwatch, i) => heapwatch.diagnose([graphs[i], later[i]])),
  );
  const foreign = await first.diagnose(graphs).then(() => null, (error) => error.code);
  second.stop();
  const result = {
    same: first.capture === second.capture,
    nodes: graphs.map(({ nodeCount }) => nodeCount > 0),
    samples,
    foreign,
    suspects: reports.map(({ suspects }) => suspects.map((suspect) => suspect.owner.name)),
    running: copies.map((heapwatch) => heapwatch.status()?.running ?? false),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main();
