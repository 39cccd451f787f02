'use strict';

/**
 * A process that fills its heap and has V8 write it: `node write_snapshot.js KIND SIZE FILE`. Under
 * a temporary name first: a half file must not be taken for a whole one.
 */

const fs = require('node:fs');
const v8 = require('node:v8');

const { makeIndexedList } = require('./indexed_list.js');
const { makeOrders, ordersForNodes } = require('./order_heap.js');
const { buildWithWebpack } = require('./webpack_build.js');

/** Makes four edges a node. */
const RELATED = 9;

/** @type {Record<string, (size: number) => unknown>} */
const MAKERS = {
  orders: (nodes) => makeOrders(ordersForNodes(nodes)),
  related: (nodes) => makeOrders(ordersForNodes(nodes, RELATED), RELATED),
  list: makeIndexedList,
  webpack: buildWithWebpack,
};

async function main() {
  const [kind, size, file] = process.argv.slice(2);
  // Global, so that no collection takes it away before it is written.
  Object.assign(globalThis, { heap: await MAKERS[kind](Number(size)) });
  const unfinished = `${file}.unfinished`;
  v8.writeHeapSnapshot(unfinished);
  fs.renameSync(unfinished, file);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
