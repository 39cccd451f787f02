'use strict';

/**
 * The process that `diagnosis.js` measures: `node --expose-gc diagnosis_child.js OBJECTS`. A service
 * whose heap has so many objects: orders that it keeps, orders of which the older half gives way to
 * new ones before each capture, and sessions that it forgets to delete.
 */

const { setTimeout: sleep } = require('node:timers/promises');

const heapwatch = require('..');
const { longestPause } = require('./event_loop.js');
const { giveResult } = require('./measuring_child.js');
const { makeOrders, ordersForNodes } = require('./order_heap.js');
const { cpuMs, peakRss, resetPeakRss } = require('./process_cost.js');

/**
 * @typedef {object} DiagnosisCost
 * @property {number} wallMs
 * @property {number} cpuMs of all threads
 * @property {number} pauseMs longest time between two turns of the event loop
 * @property {number} graphBytes of resident memory that the three graphs added
 * @property {number} addedBytes peak of resident memory less what it was with the graphs
 * @property {boolean} isPeakOfDiagnosis
 * @property {number} nodes of the last capture
 * @property {string} suspect who holds what is told first
 * @property {number} suspects
 */

const CAPTURES = 3;

/** Of all objects, what the orders are that come and go, and what leaks before each capture. */
const CHURNING_SHARE = 0.1;
const LEAKING_SHARE = 0.01;

/** A session, its two strings, its number and its list with elements. */
const OBJECTS_PER_SESSION = 6;

/** Until what a capture no longer needs is given back, ms. */
const SETTLE_MS = 300;

/** @type {Map<string, Session>} */
const sessions = new Map();

class Session {
  /** @param {number} number */
  constructor(number) {
    this.user = `user-${number}`;
    this.seconds = number / 3;
    this.visited = [number];
  }
}

/** @param {number} count */
function openSessions(count) {
  for (let i = 0; i < count; i += 1) {
    const session = new Session(sessions.size);
    sessions.set(`session-${sessions.size}`, session);
  }
}

/**
 * @param {number} objects
 * @returns {{ work: () => void, held: object }}
 */
function startService(objects) {
  const held = makeOrders(ordersForNodes(objects * (1 - CHURNING_SHARE)));
  const halfOfRecent = ordersForNodes((objects * CHURNING_SHARE) / 2);
  let recent = [makeOrders(halfOfRecent), makeOrders(halfOfRecent)];
  const work = () => {
    recent = [recent[1], makeOrders(halfOfRecent)];
    openSessions((objects * LEAKING_SHARE) / OBJECTS_PER_SESSION);
  };
  return { work, held };
}

/** @param {() => void} work done before each capture */
async function capturesBetween(work) {
  const graphs = [];
  for (let i = 0; i < CAPTURES; i += 1) {
    work();
    graphs.push(await heapwatch.capture({ method: 'walk' }));
  }
  return graphs;
}

/** The resident set when all that can be given back is. */
async function settledRss() {
  globalThis.gc?.();
  await sleep(SETTLE_MS);
  return process.memoryUsage.rss();
}

/**
 * @param {import('..').HeapGraph[]} graphs
 * @param {number} rssBefore before there were graphs
 * @returns {Promise<DiagnosisCost>}
 */
async function costOfDiagnosis(graphs, rssBefore) {
  const rssWithGraphs = await settledRss();
  const isPeakOfDiagnosis = resetPeakRss();
  const [start, cpuBefore] = [performance.now(), cpuMs()];
  let wallMs = 0;
  /** @type {import('..').LeakReport | null} */
  let report = null;
  const pauseMs = await longestPause(async () => {
    report = await heapwatch.diagnose(graphs);
    wallMs = performance.now() - start;
  });
  const { suspects } = /** @type {import('..').LeakReport} */ (/** @type {unknown} */ (report));
  return {
    wallMs,
    cpuMs: cpuMs() - cpuBefore,
    pauseMs,
    graphBytes: rssWithGraphs - rssBefore,
    addedBytes: peakRss() - rssWithGraphs,
    isPeakOfDiagnosis,
    nodes: graphs[graphs.length - 1].nodeCount,
    suspect: suspects.length > 0 ? suspects[0].owner.name : 'nobody',
    suspects: suspects.length,
  };
}

async function main() {
  const objects = Number(process.argv[2]);
  // The first capture loads and compiles.
  (await heapwatch.capture({ method: 'walk' })).close();
  const { work, held } = startService(objects);
  const rssBefore = await settledRss();
  const graphs = await capturesBetween(work);
  const cost = await costOfDiagnosis(graphs, rssBefore);
  // Used at the end, so that no collection before takes the heap away.
  giveResult({ ...cost, held: Boolean(held) });
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
