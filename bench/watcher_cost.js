'use strict';

/**
 * What a watcher costs a fastify service under load:
 * `node bench/watcher_cost.js [--rounds 3] [--pairs 12] [--seconds 2] [--sites]`. See README.md here.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { SlicedLoad } = require('./sliced_load.js');
const { medianInterval, megabytes, spreadOf, table, withSpread } = require('./table.js');

const SERVICE = path.join(__dirname, 'watched_service.js');
const CONNECTIONS = 20;

/** Requests before the measured ones, so that the service's code is compiled and its cache full. */
const WARM_UP = 60_000;

/** What a watcher may cost at most, parts of what the service has without it, and bytes. */
const GOALS = { throughput: 0.01, p99: 0.01, rssBytes: 10e6 };

/**
 * @typedef {import('./sliced_load.js').Slice & import('./watched_service.js').ServiceCost} Slice
 * @typedef {[without: Slice, watched: Slice]} Pair
 * @typedef {{ pairs: Pair[] }} Run
 */

/**
 * A fresh service: pairs of slices of its time.
 *
 * @param {[string, string]} states of the service in the slices of a pair
 * @param {{ pairs: number, seconds: number }} options
 * @returns {Promise<Run>}
 */
async function run(states, { pairs, seconds }) {
  const service = fork(SERVICE);
  /** @param {string} command @returns {Promise<import('./watched_service.js').ServiceCost>} */
  const tell = async (command) => {
    service.send(command);
    return (await once(service, 'message'))[0];
  };
  const [url] = await once(service, 'message');
  const load = new SlicedLoad(`${url}/orders/1`, CONNECTIONS);
  /** @param {string} state */
  const slice = async (state) => {
    const before = await tell(state);
    const slice = await load.slice(seconds);
    const { cpuMs, rssBytes } = await tell(state);
    return { ...slice, cpuMs: cpuMs - before.cpuMs, rssBytes };
  };
  try {
    await load.responses(WARM_UP);
    await tell(states[1]);
    /** @type {Pair[]} */
    const measured = [];
    for (let i = 0; i < pairs; i += 1) {
      // Whoever comes second finds another heap: they take turns at that.
      const inTurn = i % 2 === 0 ? states : [states[1], states[0]];
      const both = /** @type {Pair} */ ([await slice(inTurn[0]), await slice(inTurn[1])]);
      measured.push(i % 2 === 0 ? both : [both[1], both[0]]);
    }
    return { pairs: measured };
  } finally {
    load.stop();
    service.kill();
  }
}

const throughput = (/** @type {Slice} */ { requests, seconds }) => requests / seconds;
const p99 = (/** @type {Slice} */ { p99Ms }) => p99Ms;

/** @type {[string, (slice: Slice) => number, (value: number) => string][]} */
const ROWS = [
  ['requests a second', throughput, (value) => value.toFixed(0)],
  ['latency, median, ms', ({ p50Ms }) => p50Ms, (value) => value.toFixed(2)],
  ['latency, p99, ms', p99, (value) => value.toFixed(2)],
  ['processor a request, µs', ({ cpuMs, requests }) => (cpuMs * 1000) / requests, (us) => us.toFixed(1)],
];

/**
 * By what part the second of a pair differs from the first.
 *
 * @param {Run[]} runs
 * @param {(slice: Slice) => number} of
 */
function changes(runs, of) {
  return runs.flatMap(({ pairs }) => pairs.map(([without, watched]) => of(watched) / of(without) - 1));
}

/**
 * It goes up and down with each collection: what counts is a process's median.
 *
 * @param {Run[]} runs
 */
function rssOf(runs) {
  const slices = runs.map(({ pairs }) => pairs.flat());
  return slices.map((those) => spreadOf(those.map(({ rssBytes }) => rssBytes)).median);
}

/** @param {number[]} parts */
function changeText(parts) {
  const percent = (/** @type {number} */ part) => `${part < 0 ? '' : '+'}${(100 * part).toFixed(1)}`;
  const [low, high] = medianInterval(parts);
  return `${percent(spreadOf(parts).median)} (${percent(low)} to ${percent(high)}) %`;
}

/** @param {{ alone: Run[], watched: Run[], throughout: Run[] }} runs */
function report({ alone, watched, throughout }) {
  const slices = watched.flatMap(({ pairs }) => pairs);
  const rows = ROWS.map(([name, of, format]) => [
    name,
    withSpread(slices.map(([without]) => of(without)), format),
    withSpread(slices.map(([, with_]) => of(with_)), format),
    changeText(changes(watched, of)),
    changeText(changes(alone, of)),
  ]);
  const head = ['median (min-max)', 'without', 'watched', 'change (95 %)', 'without twice (95 %)'];
  console.log(table(head, rows));
  const [rss, rssWatched] = [rssOf(alone), rssOf(throughout)];
  console.log(
    `\nRSS of processes, MB: ${withSpread(rss, megabytes)} without a watcher, ` +
      `${withSpread(rssWatched, megabytes)} with one throughout, ` +
      `${withSpread(rssOf(watched), megabytes)} where it came and went`,
  );
  const reached = {
    throughput: spreadOf(changes(watched, throughput)).median >= -GOALS.throughput,
    p99: spreadOf(changes(watched, p99)).median <= GOALS.p99,
    rss: spreadOf(rssWatched).median <= spreadOf(rss).median + GOALS.rssBytes,
  };
  const said = Object.entries(reached).map(([what, is]) => `${what} ${is ? 'yes' : 'NO'}`);
  console.log(`within 1 % and 10 MB: ${said.join(', ')}`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      pairs: { type: 'string', default: '12' },
      seconds: { type: 'string', default: '2' },
      sites: { type: 'boolean', default: false },
    },
  });
  const [rounds, pairs, seconds] = [values.rounds, values.pairs, values.seconds].map(Number);
  if (!(rounds > 0 && pairs > 0 && seconds > 0)) {
    console.error('usage: node bench/watcher_cost.js [--rounds 3] [--pairs 12] [--seconds 2] [--sites]');
    process.exitCode = 2;
    return;
  }
  const watcher = values.sites ? 'sampled' : 'watched';
  /** @type {[Run[], [string, string]][]} */
  const kinds = [
    [[], ['alone', 'alone']],
    [[], ['alone', watcher]],
    [[], [watcher, watcher]],
  ];
  const busy = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [runs, states] of round % 2 === 0 ? kinds : kinds.toReversed()) {
      busy.push(coresBusyWithOthers());
      runs.push(await run(states, { pairs, seconds }));
    }
  }
  const [alone, watched, throughout] = kinds.map(([runs]) => runs);
  console.log(`\n${machineClass()}\n${othersReport(busy)}\n`);
  report({ alone, watched, throughout });
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
