'use strict';

/**
 * A process that fills its heap and has V8 write it: `node write_snapshot.js NODES FILE [RELATED]`,
 * with about as many nodes, and orders that refer to so many others. Under a temporary name first: a half file must not be taken for a whole one.
 */

const fs = require('node:fs');
const v8 = require('node:v8');

const { makeOrders, ordersForNodes } = require('./order_heap.js');

const [nodes, file, relatedText] = process.argv.slice(2);
const related = Number(relatedText ?? 0);
const orders = makeOrders(ordersForNodes(Number(nodes), related), related);
const unfinished = `${file}.unfinished`;
v8.writeHeapSnapshot(unfinished);
fs.renameSync(unfinished, file);
// Used at the end, so that no collection before takes the heap away.
if (orders.size === 0) process.exitCode = 1;
