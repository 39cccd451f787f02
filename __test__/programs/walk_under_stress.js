'use strict';

/**
 * Walks its own heap while something else goes on that could harm the walk, or that the walk could
 * harm.
 *
 *     node walk_under_stress.js SCENARIO [COUNT]
 *
 * Tells, for each walk, how many of the planted objects it found: all of them, or it is wrong. Or why
 * there is no walk here.
 */

const crypto = require('node:crypto');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');

const heapwatch = require('../..');
const { seededRandom } = require('../seeded_random.js');

class PlantedOrder {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.lines = [{ sku: `sku-${number}` }];
  }
}

const PLANTED = 1000;

const planted = Array.from({ length: PLANTED }, (_, i) => new PlantedOrder(i));
Object.assign(globalThis, { planted });

/**
 * @param {{ fork?: boolean, maxMemoryBytes?: number }} [options]
 * @returns {Promise<number>} planted objects that the walk found
 */
async function walk(options) {
  const graph = await heapwatch.capture(/** @type {any} */ ({ method: 'walk', ...options }));
  const found = plantedIn(graph);
  graph.close();
  return found;
}

/** @param {import('../..').HeapGraph} graph */
function plantedIn(graph) {
  const [sums] = graph.classes({ filter: PlantedOrder.name });
  return sums?.count ?? 0;
}

/**
 * @param {number} count
 * @param {(i: number) => Promise<number>} once
 */
async function repeated(count, once) {
  const found = [];
  for (let i = 0; i < count; i += 1) found.push(await once(i));
  return { found };
}

/** Objects of short and of long life, about a megabyte of them. @param {unknown[]} kept */
function allocate(kept) {
  for (let i = 0; i < 4000; i += 1) {
    const object = { i, text: `text ${i}`, array: [i, i + 0.5, {}] };
    if (i % 16 === 0) kept[(i * 7919) % 20_000] = object;
  }
}

/** Allocates on every turn of the event loop until the work is done. @param {() => Promise<any>} work */
async function whileAllocating(work) {
  /** @type {unknown[]} */
  const kept = [];
  let running = true;
  const turn = () => {
    allocate(kept);
    if (running) setImmediate(turn);
  };
  turn();
  try {
    return await work();
  } finally {
    running = false;
  }
}

/** Child processes of any thread, the dead ones that nobody has waited for included. */
function children() {
  return fs
    .readdirSync('/proc/self/task')
    .flatMap(childrenOfTask)
    .filter((pid) => pid !== '')
    .map(Number);
}

/**
 * @param {string} task
 * @returns {string[]} none if the thread has ended meanwhile: its children are another's now
 */
function childrenOfTask(task) {
  try {
    return fs.readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ');
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

/** What a capture could leave behind. */
function leftovers() {
  const smaps = fs.readFileSync('/proc/self/smaps', 'utf8');
  let notInherited = 0;
  for (const [, size, flags] of smaps.matchAll(/\nSize: +(\d+) kB[^]*?\nVmFlags: ([a-z0-9 ]*)\n/g)) {
    if (flags.split(' ').includes('dc')) notInherited += Number(size) * 1024;
  }
  return {
    children: children().length,
    descriptors: fs.readdirSync('/proc/self/fd').length,
    rss: process.memoryUsage.rss(),
    notInherited,
  };
}

/** Captures until memory and descriptors have settled: pools, threads, arenas of the allocator. */
const SETTLING = 30;

/** @type {Record<string, (count: number) => Promise<object>>} */
const SCENARIOS = {
  calm: (count) => repeated(count, (i) => walk({ fork: i % 2 === 0 })),

  allocating: (count) => whileAllocating(() => repeated(count, () => walk())),

  allocatingInPlace: (count) => whileAllocating(() => repeated(count, () => walk({ fork: false }))),

  async callbacks() {
    const inside = (/** @type {(run: () => void) => unknown} */ call) =>
      new Promise((resolve, reject) => call(() => walk().then(resolve, reject)));
    return {
      found: [
        await Promise.resolve().then(() => walk()),
        await inside((run) => setTimeout(run, 0)),
        await inside(setImmediate),
        await inside(process.nextTick),
        await inside(queueMicrotask),
        await inside((run) => [3, 2, 1].sort(() => (run(), 0))),
        await inside((run) => Reflect.get(new Proxy({}, { get: run }), 'property')),
        await inside((run) => 'x'.replace(/x/, () => (run(), ''))),
        await (async function* () {
          yield walk();
        })()
          .next()
          .then(({ value }) => value),
      ],
    };
  },

  /** In one turn: nothing is given back to the event loop between a collection and a walk. */
  async collecting(count) {
    /** @type {unknown[]} */
    const kept = [];
    return repeated(count, (i) => {
      allocate(kept);
      if (i % 3 === 0) heapwatch.gc();
      allocate(kept);
      return walk({ fork: i % 2 === 0 });
    });
  },

  async parallel(count) {
    return { found: await Promise.all(Array.from({ length: count }, () => walk())) };
  },

  async often(count) {
    await repeated(SETTLING, () => walk());
    const before = leftovers();
    const { found } = await repeated(count, () => walk());
    return { found, before, after: leftovers() };
  },

  /** The child is killed at once, or somewhat later: some walks are over by then. */
  async killed(count) {
    const random = seededRandom(count);
    const failures = /** @type {any[]} */ ([]);
    const found = /** @type {number[]} */ ([]);
    for (let i = 0; i < count; i += 1) {
      const result = walk().catch((error) => error);
      const delay = i % 4 === 0 ? 0 : Math.floor(random() * 2_000_000);
      for (let spin = 0; spin < delay; spin += 1) Math.sqrt(spin);
      for (const pid of children()) process.kill(pid, 'SIGKILL');
      const outcome = await result;
      if (typeof outcome === 'number') found.push(outcome);
      else failures.push({ code: outcome.code, message: outcome.message });
    }
    return { found, failures, after: leftovers() };
  },

  /** Handles that V8's global handles keep: weak ones and strong ones. */
  async handles(count) {
    const strong = Math.floor(count / 10);
    const handles = [
      Array.from({ length: strong }, () => dgram.createSocket('udp4')),
      Array.from({ length: count - strong }, () => crypto.createHash('md5')),
    ];
    const { found } = await repeated(2, (i) => walk({ fork: i === 0 }));
    return { found, handles: handles.flat().length };
  },

  async workers(count) {
    const busy = `
      const kept = [];
      for (let i = 0; ; i += 1) {
        kept[i % 10000] = { i, text: 'text ' + i };
        if (i === 10000) require('node:worker_threads').parentPort.postMessage('busy');
      }`;
    const started = [new Worker(busy, { eval: true }), new Worker(busy, { eval: true })];
    await Promise.all(started.map((worker) => new Promise((done) => worker.once('message', done))));
    try {
      return await repeated(count, (i) => walk({ fork: i % 2 === 0 }));
    } finally {
      await Promise.all(started.map((worker) => worker.terminate()));
    }
  },

  async modules(count) {
    const { plant } = require('../walk_oracle/heaps/modules.js');
    const kept = await plant();
    const { found } = await repeated(count, (i) => walk({ fork: i % 2 === 0 }));
    return { found, kept: Object.keys(kept).length };
  },

  async limited() {
    const error = await walk({ maxMemoryBytes: 100_000 }).catch((failure) => failure);
    return { code: error.code, found: [await walk()], after: leftovers() };
  },

  /** Serves HTTP, and walks all the time, until its standard input ends. */
  async serving() {
    const found = /** @type {number[]} */ ([]);
    const server = http.createServer((request, response) => {
      response.end(JSON.stringify({ url: request.url, orders: planted.slice(0, 10) }));
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(null)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    found.push(await walk());
    process.stdout.write(`${JSON.stringify({ port })}\n`);
    let serving = true;
    process.stdin.on('end', () => (serving = false)).resume();
    while (serving) found.push(await walk());
    server.closeAllConnections();
    server.close();
    return { found };
  },
};

const [scenario, count] = process.argv.slice(2);

SCENARIOS[scenario](Number(count))
  .catch((error) => {
    if (error.code !== 'ERR_HEAPWATCH_UNSUPPORTED') throw error;
    return { unsupported: error.message };
  })
  .then((result) => {
    const told = { ...result, planted: PLANTED, program: path.basename(__filename) };
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
  });
