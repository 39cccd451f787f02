'use strict';

/**
 * Captures a heap with 200,000 objects of its own, lets V8 write the file of the same heap, and
 * tells the counts of both, those of the file read in two ways.
 */

const fs = require('node:fs');
const v8 = require('node:v8');

const heapwatch = require('../..');

class Order {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
  }
}

const [file] = process.argv.slice(2);
const orders = Array.from({ length: 200_000 }, (_, i) => new Order(i));

/** @param {{ nodeCount: number, edgeCount: number, totalSize: number }} graph */
const countsOf = ({ nodeCount, edgeCount, totalSize }) => ({ nodeCount, edgeCount, totalSize });

/** @param {any} snapshot */
function countsInJson({ snapshot: { meta }, nodes, edges }) {
  const stride = meta.node_fields.length;
  const sizeAt = meta.node_fields.indexOf('self_size');
  let totalSize = 0;
  for (let at = sizeAt; at < nodes.length; at += stride) totalSize += nodes[at];
  return {
    nodeCount: nodes.length / stride,
    edgeCount: edges.length / meta.edge_fields.length,
    totalSize,
  };
}

async function main() {
  // The first one loads what the second finds loaded.
  (await heapwatch.capture({ method: 'v8' })).close();
  heapwatch.gc();
  /** @type {{ stage: string, done: number }[]} */
  const progress = [];
  const captured = await heapwatch.capture({ method: 'v8', onProgress: (step) => progress.push(step) });
  v8.writeHeapSnapshot(file);
  const opened = await heapwatch.open(file);
  const json = JSON.parse(fs.readFileSync(file, 'utf8'));
  const { takenAt, ...info } = captured.captureInfo;
  const result = {
    captured: countsOf(captured),
    opened: countsOf(opened),
    parsed: countsInJson(json),
    orders: orders.length,
    ordersFound: captured.classes({ filter: 'Order' }).find(({ name }) => name === 'Order')?.count,
    info: { ...info, takenAt: takenAt instanceof Date },
    fileInfo: opened.captureInfo,
    progress,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);

  const duringAnalysis = new AbortController();
  const abortedCapture = heapwatch.capture({ method: 'v8', signal: duringAnalysis.signal });
  duringAnalysis.abort();
  const capture = await abortedCapture.then(() => 'captured', (error) => error.code);
  const duringOpen = new AbortController();
  const abortedOpen = heapwatch.open(file, { signal: duringOpen.signal });
  duringOpen.abort();
  const open = await abortedOpen.then(() => 'opened', (error) => error.code);
  process.stdout.write(`${JSON.stringify({ capture, open })}\n`);
}

main();
