'use strict';

/**
 * One capture of a heap of orders, measured: `node --expose-gc capture_child.js METHOD ORDERS FILE`
 * where METHOD is `v8-file` or `heapwatch`. Behind the measured capture V8 writes FILE (again), for
 * comparison.
 *
 * Both methods are measured once before the heap is filled. The first time leaves things behind
 * (compiled functions, V8's table of object ids), and the state must be the same for both.
 */

const fs = require('node:fs');
const v8 = require('node:v8');

const heapwatch = require('..');
const { longestPause } = require('./event_loop.js');
const { giveResult } = require('./measuring_child.js');
const { makeOrders } = require('./order_heap.js');
const { cpuMs, peakRss, resetPeakRss, storageBytes } = require('./process_cost.js');
const { totalsOf } = require('./snapshot_file.js');

/**
 * @typedef {import('./snapshot_file.js').Totals} Totals
 * @typedef {object} CaptureCost
 * @property {number} pauseMs longest time between two turns of the event loop
 * @property {number} wallMs until the capture is done: written, or a graph to ask
 * @property {number} cpuMs
 * @property {number} rssBefore bytes
 * @property {number} peakRss bytes; of the whole process if it could not be reset
 * @property {boolean} isPeakOfCapture
 * @property {number | null} storageBytes
 * @property {Totals} captured
 * @property {Totals} fileAfter what V8 writes right after, as counted here
 * @property {Totals} fileOpened the same file as heapwatch reads it
 */

/** @type {Record<string, (file: string) => Promise<() => Totals>>} */
const METHODS = {
  'v8-file': async (file) => {
    v8.writeHeapSnapshot(file);
    return () => totalsOf(file);
  },
  heapwatch: async () => {
    const graph = await heapwatch.capture({ method: 'v8' });
    if (graph.classes({ limit: 1 })[0].retained === 0) throw new Error('no retained sizes');
    const totals = totalsOfGraph(graph);
    return () => totals;
  },
};

/**
 * @param {import('..').HeapGraph} graph closed behind this
 * @returns {Totals}
 */
function totalsOfGraph(graph) {
  const { nodeCount: nodes, edgeCount: edges, totalSize } = graph;
  graph.close();
  return { nodes, edges, totalSize };
}

/**
 * @param {string} method
 * @param {string} file
 * @returns {Promise<CaptureCost>}
 */
async function measure(method, file) {
  collectGarbage();
  const isPeakOfCapture = resetPeakRss();
  const rssBefore = process.memoryUsage.rss();
  const [storageBefore, cpuBefore, start] = [storageBytes(), cpuMs(), performance.now()];
  let wallMs = 0;
  /** @type {() => Totals} */
  let totals = () => ({ nodes: 0, edges: 0, totalSize: 0 });
  const pauseMs = await longestPause(async () => {
    totals = await METHODS[method](file);
    wallMs = performance.now() - start;
  });
  const cost = {
    pauseMs,
    wallMs,
    cpuMs: cpuMs() - cpuBefore,
    rssBefore,
    peakRss: peakRss(),
    isPeakOfCapture,
    storageBytes: storageBefore === null ? null : (storageBytes() ?? 0) - storageBefore,
  };
  const captured = totals();
  collectGarbage();
  v8.writeHeapSnapshot(file);
  const fileOpened = totalsOfGraph(await heapwatch.open(file));
  return { ...cost, captured, fileAfter: totalsOf(file), fileOpened };
}

function collectGarbage() {
  const gc = globalThis.gc;
  if (gc === undefined) throw new Error('start with --expose-gc');
  gc();
}

async function main() {
  const [method, orders, file] = process.argv.slice(2);
  for (const warmUp of Object.keys(METHODS)) await measure(warmUp, file);
  const held = makeOrders(Number(orders));
  const cost = await measure(method, file);
  // Used at the end, so that no collection before takes the heap away.
  if (held.size !== Number(orders)) throw new Error('orders are missing');
  fs.rmSync(file);
  giveResult(cost);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
