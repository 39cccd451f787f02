'use strict';

/**
 * A fastify service with heapwatch in it, healthy or with one leak: `node pools_service.js LEAK`.
 * It tells its parent where it listens, and what the watcher tells.
 *
 * Healthy, but not quiet: a cache that fills up once (warm-up), an LRU cache that churns with every
 * request, and bursts of garbage, in objects, buffers and strings alike.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const fastify = require('fastify');

const heapwatch = require('..');

/** As a supervisor would have it; the fast alarm asks for a tenth of it. */
const MEMORY_LIMIT_BYTES = 512 * 2 ** 20;
/** 20 MB of pages, full after some minutes at 100 requests a second. */
const CACHED_PAGES = 5000;
/** 20 MB of sessions, full after a minute. */
const MAX_SESSIONS = 5000;
const PAGE_BYTES = 4096;
const BURST_EVERY_MS = 30_000;
const BURST_BYTES = 20 * 2 ** 20;
/** Half a megabyte a second in each kind. */
const LEAK_EVERY_MS = 100;
const LEAK_BYTES = 50_000;
/** Shorter ones Node copies into the heap. */
const EXTERNAL_STRING_BYTES = 1_100_000;

class Order {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.lines = Array.from({ length: 40 }, (_, i) => ({ sku: `sku-${number}-${i}`, quantity: i }));
  }
}

/** @type {unknown[]} */
const kept = [];

/** @type {Record<string, { everyMs: number, leak: () => void }>} */
const LEAKS = {
  none: { everyMs: 2 ** 30, leak: () => {} },
  // An order takes 4 KB.
  'js-heap': {
    everyMs: LEAK_EVERY_MS,
    leak: () => {
      for (let i = 0; i < 12; i++) kept.push(new Order(kept.length));
    },
  },
  'array-buffers': {
    everyMs: LEAK_EVERY_MS,
    leak: () => kept.push(Buffer.alloc(LEAK_BYTES, 1)),
  },
  external: {
    everyMs: (1000 * EXTERNAL_STRING_BYTES) / 500_000,
    leak: () => kept.push(fs.readFileSync(externalFile(), 'latin1')),
  },
  // A context takes 150 KB.
  contexts: {
    everyMs: 300,
    leak: () => kept.push(vm.createContext({ number: kept.length })),
  },
};

let textFile = '';

function externalFile() {
  if (textFile === '') {
    textFile = path.join(os.tmpdir(), `heapwatch-pools-${process.pid}.txt`);
    fs.writeFileSync(textFile, 'a line of a log file. '.repeat(EXTERNAL_STRING_BYTES / 22));
    process.on('exit', () => fs.rmSync(textFile, { force: true }));
  }
  return textFile;
}

function serviceOf() {
  const app = fastify.default();
  /** @type {Map<string, { at: number, page: Buffer, items: object[] }>} */
  const sessions = new Map();
  /** @type {Map<number, string>} */
  const pages = new Map();
  app.get('/orders/:id', async (request) => {
    const id = Number(/** @type {{ id: string }} */ (request.params).id);
    let page = pages.get(id % CACHED_PAGES);
    if (page === undefined) {
      page = `${id}-`.padEnd(PAGE_BYTES, 'page ');
      pages.set(id % CACHED_PAGES, page);
    }
    sessions.set(`visitor-${id}`, {
      at: id,
      page: Buffer.alloc(PAGE_BYTES / 2, id),
      items: Array.from({ length: 20 }, (_, i) => ({ sku: `sku-${i}`, quantity: i })),
    });
    if (sessions.size > MAX_SESSIONS) sessions.delete(/** @type {string} */ (sessions.keys().next().value));
    return { order: new Order(id), page };
  });
  return app;
}

/** A moment's work on much data. */
function burst() {
  const objects = [];
  for (let bytes = 0; bytes < BURST_BYTES; bytes += 2 * PAGE_BYTES) {
    objects.push(new Order(bytes), Buffer.alloc(PAGE_BYTES, 1));
  }
  return objects.length;
}

async function main() {
  const { everyMs, leak } = LEAKS[process.argv[2]];
  const app = serviceOf();
  let requests = 0;
  app.addHook('onResponse', async () => void requests++);
  const watcher = heapwatch.watch({
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    work: () => requests,
  });
  const start = performance.now();
  let collections = 0;
  watcher.on('stats', () => collections++);
  for (const event of /** @type {const} */ (['suspect', 'leak', 'recovered'])) {
    watcher.on(event, (info) => {
      const { pool, part, reason } = info;
      const { verdict } = watcher.status();
      process.send?.({ event, pool, part, reason, verdict, atMs: performance.now() - start });
    });
  }
  watcher.on('error', ({ message }) => process.send?.({ event: 'error', reason: message }));
  process.on('message', () => {
    const { ownTimeMs, verdict, pools } = watcher.status();
    process.send?.({ event: 'end', ownTimeMs, verdict, pools, requests, collections,
      rss: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => process.exit());
  setInterval(leak, everyMs);
  setInterval(burst, BURST_EVERY_MS);
  process.send?.({ event: 'listening', url: await app.listen({ port: 0, host: '127.0.0.1' }) });
}

main();
