'use strict';

/**
 * Leaks what belongs to its users, in all places where a heap may hold it, and tells everything that
 * heapwatch says of it by default.
 *
 *     leak_secrets.js v8|walk TOKEN      what is secret contains the token
 */

const { EventEmitter } = require('node:events');
const vm = require('node:vm');

const heapwatch = require('../..');
const { leakInfo } = require('../../lib/leak_info.js');

const [method, token] = /** @type {['v8' | 'walk', string]} */ (process.argv.slice(2));

/** Addresses, numbers and texts, as people have them: `ann.<token>7@example.org`. @param {number} i */
const address = (i) => `ann.${token}${i}@example.org`;
/** @param {number} i */
const card = (i) => `4111-1111-${token}-${1000 + i}`;
/** @param {number} i */
const link = (i) => `https://ann:${token}@example.org/reset?token=${token}${i}#${token}`;

/** @type {Map<any, any>} */
const sessions = new Map();
/** @type {Record<string, any>} */
const carts = {};
const visitors = new Set();
/** @type {any[]} */
const accounts = [];
const failures = [];
const bus = new EventEmitter();
bus.setMaxListeners(0);
const weak = new WeakMap();
/** @type {any[]} */
const classes = [];
/** @type {any[]} */
const scripts = [];
/** @type {any[]} */
const symbols = [];
/** @type {any[]} */
const urls = [];
/** @type {any[]} */
const patterns = [];
/** @type {any[]} */
const oddities = [];
/** @type {any[]} */
const expected = [];

process.env.HEAPWATCH_TEST_SECRET = `environment ${token}`;
process.title = `title ${token}`;
/** @type {any[]} */
const mails = [];
/** @type {any} */ (globalThis)[`mails of ${address(0)}`] = mails;

/** What a class is called whose name is a key. @param {string} name */
const classNamed = (name) => ({ [name]: class { list = new Array(20).fill(name.length); } })[name];
/** @param {string} name */
const functionNamed = (name) => ({ [name]() { return this; } })[name];

const OddAccount = classNamed(address(1));

let next = 0;

function work() {
  for (let i = 0; i < 1500; i++) {
    const id = next++;
    sessions.set(address(id), { owner: address(id), note: `${token} ${id}`, lines: new Array(20).fill(id) });
    carts[card(id)] = { [card(id)]: [id], total: id, of: Buffer.from(`${token} ${id}`) };
    visitors.add(`${token} ${id} of ${address(id)}`.padEnd(200, `, ${token}`));
    accounts.push({ number: card(id), [`note to ${address(id % 7)}`]: new Array(60).fill(id) });
    mails.push({ to: address(id), text: new Array(40).fill(id) });
    failures.push(new Error(`no account ${card(id)}`));
    bus.on(`mail:${address(id % 50)}`, () => id);
    weak.set(visitors, [...(weak.get(visitors) ?? []).slice(-1000), card(id)]);
    classes.push(new OddAccount(), functionNamed(address(id % 5)));
    symbols.push({ [Symbol(address(id))]: new Array(10).fill(id), symbol: Symbol(card(id)) });
    urls.push(new URL(link(id)), { href: link(id) });
    patterns.push(new RegExp(`${token}${id}`), BigInt(id), { [Symbol.toStringTag]: address(id) });
    oddities.push(new Proxy({ owner: address(id) }, {}), new WeakRef({ owner: address(id) }), new Date(id));
  }
  for (let i = 0; i < 40; i++) {
    const code = `(function () { const list = new Array(500).fill(1); return () => list; })() // ${token}`;
    scripts.push(vm.runInThisContext(code, { filename: link(0) }));
    scripts.push(vm.runInThisContext(code, { filename: `/srv/shop.js?token=${token}${i}` }));
    scripts.push(vm.runInThisContext(code, { filename: `data:text/javascript,${token}${i}` }));
  }
}

/** @param {import('../..').LeakReport} report */
const rendered = (report) => ({
  json: heapwatch.renderJson(report),
  text: heapwatch.renderText(report),
  markdown: heapwatch.renderMarkdown(report),
});

/** @type {any} */
const judgement = {
  part: null, growthBytes: 1, startMs: 0, endMs: 1, bytesPerHour: null, timeToLimitSeconds: null,
  confidence: 1, currentBytes: 1, limitBytes: null,
};

async function main() {
  const graphs = [];
  for (let i = 0; i < 3; i++) {
    work();
    graphs.push(await heapwatch.capture({ method }));
  }
  const options = { maxSuspects: 100, minGrowthBytes: 0 };
  const report = await heapwatch.diagnose(graphs, options);
  const single = await heapwatch.diagnose(graphs.slice(2), options);
  const withData = await heapwatch.diagnose(graphs, { ...options, redact: false });
  const errors = await Promise.all([
    heapwatch.open(`/srv/${token}`.replace(token, 'missing')).catch(String),
    heapwatch.diagnose([graphs[0], /** @type {any} */ (sessions)]).catch(String),
    heapwatch.diagnose(graphs, /** @type {any} */ ({ redact: sessions })).catch(String),
  ]);
  for (const graph of graphs) graph.close();
  const told = {
    compared: rendered(report),
    single: rendered(single),
    event: JSON.stringify(leakInfo('js-heap', judgement, { report })),
    errors,
    expected: await lateObject(),
  };
  const suspects = report.suspects.map(({ owner }) => owner.name);
  const large = single.large.map(({ owner }) => owner.name);
  const results = JSON.stringify({ told, suspects, large, withData: rendered(withData) });
  // What it leaked may keep it alive.
  process.stdout.write(`${results}\n`, () => process.exit(0));
}

/** What `retained` tells of an object below keys. */
async function lateObject() {
  const late = { of: address(3) };
  sessions.set(address(-1), { [card(1)]: late });
  expected.push(late);
  const retained = new Promise((resolve) => heapwatch.on('retained', resolve));
  heapwatch.expectCollected(late, 'account', { afterMs: 0, afterCollections: 1 });
  const timer = setInterval(() => heapwatch.gc(), 20);
  const info = await retained;
  clearInterval(timer);
  return JSON.stringify(info);
}

main();
