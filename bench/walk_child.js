'use strict';

/**
 * The process that `walk.js` measures: `node --expose-gc walk_child.js PLAN`, where PLAN says in JSON
 * how large the heap is and how often it is captured in which way. While it is, the process goes on
 * with its work.
 */

const fs = require('node:fs');
const { PerformanceObserver } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');

const heapwatch = require('..');
const { longestPause } = require('./event_loop.js');
const { watchForkedMemory } = require('./forked_memory.js');
const { giveResult } = require('./measuring_child.js');
const { peakRss, resetPeakRss } = require('./process_cost.js');
const { keepReplacing, makeSmallOrders } = require('./small_orders.js');

/** Until the memory of a closed graph is given back, ms. */
const SETTLE_MS = 200;

/**
 * @typedef {object} Plan
 * @property {number} objects
 * @property {number} captures forked, timed
 * @property {number} watched forked, with the child's memory watched
 * @property {number} inPlace
 * @property {number} v8 each, through heapwatch and to a file
 * @property {string} file
 *
 * @typedef {object} WalkCost
 * @property {number} pauseMs longest time between two turns of the event loop
 * @property {number} saidMs the pause as the capture itself tells it
 * @property {number} collectionMs the longest garbage collection meanwhile
 * @property {number} wallMs until there is a graph with retained sizes, or a file
 * @property {number} rssBefore bytes
 * @property {number} addedBytes peak of the process's memory less what it had before
 * @property {number} childBytes
 * @property {number} bothBytes peak of what process and child have more than the process had before
 * @property {number} nodes
 *
 * @typedef {object} Measured
 * @property {WalkCost[]} forked
 * @property {WalkCost[]} watched
 * @property {WalkCost[]} inPlace
 * @property {WalkCost[]} v8Graph
 * @property {WalkCost[]} v8File
 * @property {WalkCost[]} none the process left alone, each time for as long as a forked capture took
 * @property {number} heapBytes
 */

/** @type {{ startTime: number, duration: number }[]} */
const collections = [];

/**
 * @param {() => Promise<import('..').HeapGraph | null>} work
 * @returns {Promise<WalkCost>}
 */
async function costOf(work) {
  const rssBefore = process.memoryUsage.rss();
  resetPeakRss();
  const start = performance.now();
  let end = start;
  /** @type {import('..').HeapGraph | null} */
  let graph = null;
  const pauseMs = await longestPause(async () => {
    graph = await work();
    end = performance.now();
  });
  const addedBytes = peakRss() - rssBefore;
  const said = gistOf(graph);
  await sleep(SETTLE_MS);
  const within = collections.splice(0).filter((c) => c.startTime >= start && c.startTime < end);
  return {
    pauseMs,
    ...said,
    collectionMs: Math.max(0, ...within.map(({ duration }) => duration)),
    wallMs: end - start,
    rssBefore,
    addedBytes,
    childBytes: NaN,
    bothBytes: NaN,
  };
}

/** @param {import('..').HeapGraph | null} graph closed behind this */
function gistOf(graph) {
  if (graph === null) return { saidMs: NaN, nodes: NaN };
  if (graph.classes({ limit: 1 })[0].retained === 0) throw new Error('no retained sizes');
  const { nodeCount: nodes, captureInfo } = graph;
  graph.close();
  return { saidMs: captureInfo.pauseMs ?? NaN, nodes };
}

const walkForked = () => heapwatch.capture({ method: 'walk' });
const walkInPlace = () => heapwatch.capture({ method: 'walk', fork: false });
const captureWithV8 = () => heapwatch.capture({ method: 'v8' });

/**
 * @param {number} times
 * @param {() => Promise<import('..').HeapGraph | null>} work
 */
async function costsOf(times, work) {
  const costs = [];
  for (let i = 0; i < times; i += 1) costs.push(await costOf(work));
  return costs;
}

/** @param {number} times */
async function costsWatched(times) {
  const watcher = watchForkedMemory();
  await watcher.peak();
  const costs = [];
  for (let i = 0; i < times; i += 1) {
    const cost = await costOf(walkForked);
    const { child, both } = (await watcher.peak()) ?? { child: NaN, both: NaN };
    // When the child is gone, the process's own peak is that of both.
    costs.push({ ...cost, childBytes: child, bothBytes: Math.max(both, cost.addedBytes) });
  }
  watcher.close();
  return costs;
}

/**
 * @param {Plan} plan
 * @returns {Promise<Measured>}
 */
async function measureAll(plan) {
  const { captures, inPlace, watched, file } = plan;
  const writeFile = async () => {
    v8.writeHeapSnapshot(file);
    return null;
  };
  const forked = await costsOf(captures, walkForked);
  const none = [];
  for (const { wallMs } of forked) none.push(await costOf(() => sleep(wallMs, null)));
  return {
    heapBytes: v8.getHeapStatistics().used_heap_size,
    forked,
    none,
    watched: await costsWatched(watched),
    inPlace: await costsOf(inPlace, walkInPlace),
    // At the end: V8 keeps an id for each object that it has seen.
    v8Graph: await costsOf(plan.v8, captureWithV8),
    v8File: await costsOf(plan.v8, writeFile),
  };
}

async function main() {
  /** @type {Plan} */
  const plan = JSON.parse(process.argv[2]);
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  // The first capture loads and compiles.
  await costsOf(1, walkForked);
  const orders = makeSmallOrders(plan.objects);
  // What a service has long since got: a heap in the old generation.
  globalThis.gc?.();
  keepReplacing(orders);
  const measured = await measureAll(plan);
  fs.rmSync(plan.file, { force: true });
  giveResult(measured);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
