'use strict';

/**
 * Is the right pool named, and nothing where nothing leaks? A fastify service under load, healthy and
 * with 0.5 MB/s leaking in each pool, all at once, each in its own process:
 * `node bench/pools.js [--minutes 10] [--rate 100] [--only none,js-heap,...]`. See README.md here.
 *
 * Exit code 1 if a leak was told of the healthy service, or of another pool than the one that leaks, or
 * if that is not the verdict at the end.
 */

const { fork } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');

/** @type {any} The types of the demo know less of it. */
const autocannon = require('autocannon');

const { table } = require('./table.js');

const SERVICE = path.join(__dirname, 'pools_service.js');
const LEAKS = ['none', 'js-heap', 'array-buffers', 'external', 'contexts'];
const CONNECTIONS = 10;
/** More than leaks in ten minutes. */
const HEAP_MB = 512;
const IDS = 1_000_000;

/**
 * @typedef {{ event: string, pool?: string, verdict?: string, reason?: string, atMs?: number,
 *   requests?: number, collections?: number, ownTimeMs?: number, rss?: number, pools?: any }} Told
 */

/**
 * @param {string} leak
 * @param {{ minutes: number, rate: number }} options
 * @returns {Promise<{ leak: string, told: Told[], end: Told, failed: number }>}
 */
async function run(leak, { minutes, rate }) {
  const service = fork(SERVICE, [leak], { execArgv: [`--max-old-space-size=${HEAP_MB}`] });
  /** @type {Told[]} */
  const told = [];
  /** @type {Map<string, (message: any) => void>} */
  const waiting = new Map();
  service.on('message', (/** @type {Told} */ message) => {
    told.push(message);
    waiting.get(message.event)?.(message);
  });
  /** @param {string} event @returns {Promise<any>} */
  const next = (event) =>
    new Promise((resolve, reject) => {
      waiting.set(event, resolve);
      service.once('exit', (code) => reject(new Error(`${leak}: the service ended with ${code}`)));
    });
  try {
    const { url } = await next('listening');
    const load = await autocannon({
      url,
      connections: CONNECTIONS,
      overallRate: rate,
      duration: minutes * 60,
      requests: [{ setupRequest: someOrder }],
    });
    const end = next('end');
    service.send('end');
    return { leak, told, end: await end, failed: load.errors + load.timeouts + load.non2xx };
  } finally {
    service.kill();
  }
}

/** @param {object} request */
function someOrder(request) {
  return { ...request, path: `/orders/${Math.floor(Math.random() * IDS)}` };
}

/** @param {Awaited<ReturnType<typeof run>>} result */
function row({ leak, told, end, failed }) {
  const suspect = told.find(({ event }) => event === 'suspect');
  const found = told.find(({ event }) => event === 'leak');
  return [
    leak,
    suspect === undefined ? '-' : `${suspect.pool} after ${seconds(suspect)}`,
    found === undefined ? '-' : `${found.pool} after ${seconds(found)}`,
    String(end.verdict),
    String(end.requests),
    String(failed),
    String(end.collections),
    `${((end.ownTimeMs ?? 0) / 1000).toFixed(2)} s`,
    `${Math.round((end.rss ?? 0) / 1e6)} MB`,
  ];
}

/** @param {Told} told */
function seconds({ atMs = 0 }) {
  return `${Math.round(atMs / 1000)} s`;
}

/** @param {Awaited<ReturnType<typeof run>>} result */
function isRight({ leak, told, end }) {
  const pools = told.filter(({ event }) => event === 'leak').map(({ pool }) => pool);
  const isNamed = leak === 'none' || end.verdict === leak;
  return isNamed && pools.every((pool) => pool === leak);
}

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '100' },
      only: { type: 'string', default: LEAKS.join() },
      verbose: { type: 'boolean', default: false },
    },
  });
  const options = { minutes: Number(values.minutes), rate: Number(values.rate) };
  const leaks = values.only.split(',');
  const results = await Promise.all(leaks.map((leak) => run(leak, options)));
  const head = ['leaks', 'suspected', 'told', 'verdict at the end', 'requests', 'failed',
    'major collections', "watcher's own time", 'RSS at the end'];
  process.stdout.write(`${table(head, results.map(row))}\n`);
  if (values.verbose) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  const wrong = results.filter((result) => !isRight(result));
  for (const { leak, told } of wrong) {
    process.stdout.write(`WRONG: ${leak}: ${JSON.stringify(told.filter(({ event }) => event !== 'end'))}\n`);
  }
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

main();
