'use strict';

/**
 * A fastify service under load, with captures and without: do its clients notice?
 * `node bench/walk_under_load.js [--objects 1000000] [--seconds 60] [--every 5] [--rate 2000]`.
 * See README.md here.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');

/** @type {any} The types of the demo know less of it. */
const autocannon = require('autocannon');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { milliseconds, seconds: inSeconds, table, withSpread } = require('./table.js');

const SERVICE = path.join(__dirname, 'loaded_service.js');
const CONNECTIONS = 50;

/** Requests before the measured ones, so that the service's code is compiled. */
const WARM_UP = 10_000;

/**
 * @typedef {object} Options
 * @property {number} objects
 * @property {number} seconds
 * @property {number} rate requests a second; 0: as many as there can be
 *
 * @typedef {import('./loaded_service.js').ServiceReport & { load: any }} Run with what autocannon says
 */

/**
 * @param {Options} options
 * @param {number} every seconds between captures; 0: none
 * @returns {Promise<Run>}
 */
async function run({ objects, seconds, rate }, every) {
  const service = fork(SERVICE, [String(objects), String(every)]);
  try {
    const [url] = await once(service, 'message');
    const target = { url: `${url}/orders/1`, connections: CONNECTIONS };
    await autocannon({ ...target, amount: WARM_UP });
    service.send('begin');
    const limit = rate > 0 ? { overallRate: rate } : {};
    const load = await autocannon({ ...target, ...limit, duration: seconds });
    service.send('end');
    const [report] = await once(service, 'message');
    return { load, ...report };
  } finally {
    service.kill();
  }
}

/** Requests without the answer that they should have had. @param {Run} run */
const failed = ({ load }) => load.errors + load.timeouts + load.resets + load.non2xx;

/** Connections that clients had to open again. @param {Run} run */
const reopened = ({ connections }) => connections - CONNECTIONS;

/** @type {[string, (run: Run) => string][]} */
const ROWS = [
  ['requests answered', ({ load }) => String(load['2xx'])],
  ['requests failed', (run) => String(failed(run))],
  ['connections lost', (run) => String(reopened(run))],
  ['latency, median, ms', ({ load }) => String(load.latency.p50)],
  ['latency, p97.5, ms', ({ load }) => String(load.latency.p97_5)],
  ['latency, p99, ms', ({ load }) => String(load.latency.p99)],
  ['latency, p99.9, ms', ({ load }) => String(load.latency.p99_9)],
  ['latency, longest, ms', ({ load }) => String(load.latency.max)],
  ['captures', ({ captures }) => String(captures.length)],
  ['pause of a capture, ms', (run) => spreadOfCaptures(run, 'pauseMs', milliseconds)],
  ['until the graph, s', (run) => spreadOfCaptures(run, 'wallMs', inSeconds)],
];

/**
 * @param {Run} run
 * @param {keyof import('./loaded_service.js').CaptureTimes} time
 * @param {(value: number) => string} format
 */
function spreadOfCaptures({ captures }, time, format) {
  if (captures.length === 0) return '-';
  return withSpread(captures.map((capture) => capture[time]), format);
}

/**
 * @param {Run} without
 * @param {Run} withCaptures
 * @param {number} busy
 */
function report(without, withCaptures, busy) {
  console.log(`\n${machineClass()}\n${othersReport([busy])}\n`);
  const rows = ROWS.map(([name, show]) => [name, show(without), show(withCaptures)]);
  console.log(table(['', 'without captures', 'with captures'], rows));
  const isUnharmed = failed(withCaptures) === 0 && reopened(withCaptures) === 0;
  console.log(`\nno request failed, no connection was lost: ${isUnharmed ? 'yes' : 'NO'}`);
  process.exitCode = isUnharmed ? 0 : 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '60' },
      every: { type: 'string', default: '5' },
      rate: { type: 'string', default: '2000' },
    },
  });
  const [objects, seconds, every, rate] = [
    values.objects,
    values.seconds,
    values.every,
    values.rate,
  ].map(Number);
  if (!(objects > 0 && seconds > 0 && every > 0 && rate >= 0)) {
    console.error(
      'usage: node bench/walk_under_load.js [--objects 1000000] [--seconds 60] [--every 5] ' +
        '[--rate 2000]',
    );
    process.exitCode = 2;
    return;
  }
  const busy = coresBusyWithOthers();
  const without = await run({ objects, seconds, rate }, 0);
  report(without, await run({ objects, seconds, rate }, every), busy);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
