'use strict';

/**
 * What a watcher costs a fastify service under load:
 * `node bench/watcher_cost.js [--rounds 7] [--seconds 15] [--sites]`. See README.md here.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');

/** @type {any} The types of the demo know less of it. */
const autocannon = require('autocannon');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { megabytes, milliseconds, spreadOf, table, withSpread } = require('./table.js');

const SERVICE = path.join(__dirname, 'watched_service.js');
const CONNECTIONS = 20;

/** Requests before the measured ones, so that the service's code is compiled and its cache full. */
const WARM_UP = 60_000;

/** What a watcher may cost at most, parts of what the service has without it, and bytes. */
const GOALS = { throughput: 0.01, p99: 0.01, rssBytes: 10e6 };

/** @typedef {import('./watched_service.js').ServiceCost & { load: any }} Run */

/**
 * @param {string} how
 * @param {number} seconds
 * @returns {Promise<Run>}
 */
async function run(how, seconds) {
  const service = fork(SERVICE, [how]);
  try {
    const [url] = await once(service, 'message');
    const target = { url: `${url}/orders/1`, connections: CONNECTIONS };
    await autocannon({ ...target, amount: WARM_UP });
    const load = await autocannon({ ...target, duration: seconds });
    service.send('end');
    const [cost] = await once(service, 'message');
    return { load, ...cost };
  } finally {
    service.kill();
  }
}

const throughput = (/** @type {Run} */ { load }) => load['2xx'] / load.duration;
const p99 = (/** @type {Run} */ { load }) => load.latency.p99;
const cpuPerRequest = (/** @type {Run} */ { cpuMs, load }) => (cpuMs * 1000) / (load['2xx'] + WARM_UP);

/** @type {[string, (run: Run) => number, (value: number) => string][]} */
const ROWS = [
  ['requests a second', throughput, (value) => value.toFixed(0)],
  ['latency, median, ms', ({ load }) => load.latency.p50, milliseconds],
  ['latency, p99, ms', p99, milliseconds],
  ['processor a request, µs', cpuPerRequest, (value) => value.toFixed(1)],
  ['RSS, MB', ({ rssBytes }) => rssBytes, megabytes],
  ['major collections', ({ majorCollections }) => majorCollections, String],
];

/**
 * @param {Run[]} alone
 * @param {Run[]} watched
 * @param {(run: Run) => number} of
 */
function medians(alone, watched, of) {
  return [alone, watched].map((runs) => spreadOf(runs.map(of)).median);
}

/**
 * @param {Run[]} alone
 * @param {Run[]} watched
 */
function report(alone, watched) {
  const rows = ROWS.map(([name, of, format]) => {
    const [before, after] = medians(alone, watched, of);
    const change = `${(100 * (after / before - 1)).toFixed(1)} %`;
    return [name, withSpread(alone.map(of), format), withSpread(watched.map(of), format), change];
  });
  console.log(table(['median (min-max)', 'alone', 'watched', 'change'], rows));
  const [requests, requestsWatched] = medians(alone, watched, throughput);
  const [tail, tailWatched] = medians(alone, watched, p99);
  const [rss, rssWatched] = medians(alone, watched, ({ rssBytes }) => rssBytes);
  const reached = {
    throughput: requestsWatched >= requests * (1 - GOALS.throughput),
    p99: tailWatched <= tail * (1 + GOALS.p99),
    rss: rssWatched <= rss + GOALS.rssBytes,
  };
  const said = Object.entries(reached).map(([what, is]) => `${what} ${is ? 'yes' : 'NO'}`);
  console.log(`\nwithin 1 % and 10 MB: ${said.join(', ')}`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '15' },
      sites: { type: 'boolean', default: false },
    },
  });
  const [rounds, seconds] = [values.rounds, values.seconds].map(Number);
  if (!(rounds > 0 && seconds > 0)) {
    console.error('usage: node bench/watcher_cost.js [--rounds 7] [--seconds 15] [--sites]');
    process.exitCode = 2;
    return;
  }
  /** @type {Record<string, Run[]>} */
  const runs = { alone: [], watched: [] };
  const busy = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes second finds another machine: they take turns at that, too.
    const order = round % 2 === 0 ? ['alone', 'watched'] : ['watched', 'alone'];
    for (const how of order) {
      busy.push(coresBusyWithOthers());
      const service = how === 'watched' && values.sites ? 'sampled' : how;
      runs[how].push(await run(service, seconds));
    }
  }
  console.log(`\n${machineClass()}\n${othersReport(busy)}\n`);
  report(runs.alone, runs.watched);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
