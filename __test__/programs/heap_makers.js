// @ts-nocheck Half of the values here are what types are there to prevent.
'use strict';

/**
 * Objects of every kind that V8 has. A round makes some of each, about 550 nodes.
 */

const async_hooks = require('node:async_hooks');
const crypto = require('node:crypto');
const dns = require('node:dns');
const { EventEmitter } = require('node:events');
const { createInterface } = require('node:readline');
const { PassThrough } = require('node:stream');
const vm = require('node:vm');
const { MessageChannel } = require('node:worker_threads');
const zlib = require('node:zlib');

/** Rounds between two of the things that cost more than memory: contexts, handles, ports. */
const RARELY = 200;

class Order {
  #secret = { hidden: true };

  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.total = number * 1.5;
    this.lines = [{ sku: `sku-${number}`, amount: number * 0.25 }];
  }

  secret() {
    return this.#secret;
  }
}

class SpecialOrder extends Order {
  discount = 0.5;
}

/** Classes of one name from several places, and of names that mean something to DevTools. */
const NAMED_CLASSES = [
  class Order {
    other = {};
  },
  class Object {
    a = {};
    b = {};
  },
  class {
    nameless = {};
  },
  ...['<div id="a">', '<div id="b" lang="c">', '<span>', 'Detached <p class="x">', 'Detached Node', 'Function']
    .concat(['RegExp', '(system)', '{a, b}', 'a) -> value (b', 'Größe 💥'])
    .map((name) => ({ [name]: class {} })[name]),
];

/** @type {Record<string, (round: number) => unknown>} */
const MAKERS = {
  instances: (i) => [new Order(i), new SpecialOrder(i), ...NAMED_CLASSES.map((C) => new C())],

  closures(i) {
    let count = { i };
    const unused = [i, `${i}`];
    const increment = () => (count = { i: count.i + 1 });
    const read = () => count;
    return [increment, read, read.bind({ bound: i }, 'argument', unused), function named() {}];
  },

  shapes(i) {
    const key = `k${i % 7}`;
    return [
      { a: `${i}`, b: {} },
      { b: {}, a: `${i}` },
      { a: {}, b: {}, c: {} },
      { c: {}, extra: {}, b: {}, a: {}, [`only${i}`]: {} },
      { 'comma, name': {}, '"quoted"': {}, plain: {} },
      { '': {}, a: {} },
      { '': {} },
      { ['__proto__']: {}, a: {} },
      { [key]: {}, [`x${key}`]: {} },
      { [`${'long'.repeat(20)}${i % 2}`]: {}, [`${'name'.repeat(20)}`]: {}, z: {} },
      { größe: {}, 'naïve 💥': {}, 'line\nbreak, too': {} },
      { [Symbol('same')]: {}, [Symbol('same')]: {}, s: {} },
      { [Symbol('same')]: {}, s: {}, other: {} },
      { '\ud800 lone': {}, a: {} },
      { 1: {}, 2: {}, a: {} },
      {
        get got() {
          return key;
        },
        set got(_value) {},
        a: {},
      },
      { small: i, real: i * 1.1, nothing: null, flag: true },
      Object.create(null, { a: { value: {}, enumerable: false } }),
      Object.create({ inherited: {} }),
    ];
  },

  collections(i) {
    const object = { in: 'collections' };
    const map = new Map([[`key-${i}`, object]]);
    map.set(object, map).set(i, `value-${i}`).set(NaN, {}).set(Symbol('key'), []);
    map.delete(i);
    const set = new Set([object, `member-${i}`, map]);
    set.add(set).delete(object);
    const emptied = new Map([[object, object]]);
    emptied.clear();
    return [map, set, emptied, map.entries(), set.values()];
  },

  /** Chains of ephemerons through one table and through many, and entries that hold themselves. */
  weakCollections(i) {
    const table = new WeakMap();
    const first = { first: `chain-${i}` };
    let key = first;
    for (let link = 0; link < 5; link += 1) {
      const value = { link: `${i}-${link}` };
      table.set(key, value);
      key = value;
    }
    const other = new WeakMap([[key, first]]);
    const inverse = new WeakMap([[other, table]]);
    inverse.set(inverse, other);
    const texts = new WeakMap();
    const keys = [`two\nlines ${i}`, `a) -> value (b @${i}`, `${i} @7) pair in WeakMap (t`].map(
      (text) => {
        const far = { far: { away: {} } };
        texts.set(far.far.away, text);
        return far;
      },
    );
    const named = NAMED_CLASSES.map((C) => new C());
    for (const [at, object] of named.entries()) texts.set(object, named[(at + 1) % named.length]);
    const kept = i % 2 === 0 ? [first, table] : [table, first];
    return [kept, other, inverse, texts, keys, named, new WeakSet([first, kept])];
  },

  weakReferences(i) {
    const target = { target: i };
    const registry = new FinalizationRegistry(() => {});
    registry.register(target, { held: i }, target);
    return [i % 3 === 0 ? target : null, new WeakRef(target), registry];
  },

  symbols: (i) => [Symbol(`symbol-${i}`), Symbol.for(`global-${i % 50}`), Object(Symbol('boxed'))],

  strings(i) {
    const long = `${i}:${'0123456789'.repeat(5)}`;
    let rope = `rope-${i}`;
    for (let part = 0; part < 6; part += 1) rope += `${rope.length}-and-some-more-${part}`;
    const flattened = `flat-${i}-${'x'.repeat(20)}`.concat('-and-the-rest-of-it');
    Number(flattened);
    return [long.slice(5, 40), rope, flattened, `ünï-${i}💥`, 'same text', i.toString(36), ''];
  },

  numbers: (i) => [i + 0.5, 2n ** 70n + BigInt(i), Object(i), Object(2n), new Date(i), -0, NaN],

  buffers(i) {
    const shared = new SharedArrayBuffer(16);
    const buffer = new ArrayBuffer(24, { maxByteLength: 48 });
    const pooled = Buffer.from(`pooled-${i}`);
    const own = Buffer.alloc(64 + (i % 5) * 1000, 1);
    const view = new DataView(own.buffer, own.byteOffset, 8);
    return [shared, buffer, pooled, own, view, new Float64Array(4), new Uint8Array(shared)];
  },

  arrays(i) {
    const sparse = [];
    sparse[i % 3 === 0 ? 50_000_000 : 100] = { far: i };
    sparse[7] = 'near';
    const holes = [1, , { after: 'hole' }]; // eslint-disable-line no-sparse-arrays
    const doubles = [0.5, 1.5, i];
    const grown = [];
    for (let at = 0; at < 20; at += 1) grown.push({ at });
    grown.length = 3;
    return [sparse, holes, doubles, grown, Object.freeze([i, {}]), [[[[{ nested: i }]]]]];
  },

  dictionaries(i) {
    /** @type {Record<string, object>} */
    const dictionary = {};
    for (let at = 0; at < 40; at += 1) dictionary[`entry-${i}-${at}`] = { at };
    for (let at = 0; at < 30; at += 1) delete dictionary[`entry-${i}-${at}`];
    return [dictionary, Object.assign(Object.create(null), { [`null-${i}`]: {}, a: {} })];
  },

  functions(i) {
    /** @param {unknown[]} _rest */
    function withArguments(..._rest) {
      return arguments;
    }
    const made = i % RARELY === 0 ? new Function('a', `return a + ${i}`) : null;
    return [withArguments(i, {}, 'x'), made, Object.assign(() => {}, { on: 'function' })];
  },

  promises(i) {
    /** @type {(value: unknown) => void} */
    let settle = () => {};
    const pending = new Promise((resolve) => (settle = resolve));
    const waiting = (async () => {
      const local = { waits: i };
      await pending;
      return local;
    })();
    const rejected = Promise.reject(new Error(`rejected ${i}`));
    rejected.catch(() => {});
    const chain = pending.then(() => i).finally(() => {});
    return [i % 2 === 0 ? settle : null, waiting, rejected, chain, Promise.all([chain, i])];
  },

  generators(i) {
    function* numbers() {
      const local = { generated: i };
      yield local;
      yield* [1, 2];
    }
    async function* later() {
      yield { later: i };
    }
    const [running, fresh, asynchronous] = [numbers(), numbers(), later()];
    running.next();
    asynchronous.next();
    return [running, fresh, asynchronous, [1, 2][Symbol.iterator](), 'ab'.matchAll(/a/g)];
  },

  timers(i) {
    const timeout = setTimeout(() => i, 1_000_000 + (i % 20)).unref();
    const interval = setInterval(() => timeout, 2_000_000).unref();
    return i % 2 === 0 ? timeout : [interval, setImmediate(() => {}, { argument: i })];
  },

  proxies: (i) => [
    new Proxy({ target: i }, { get: () => i }),
    new Proxy(() => i, {}),
    Proxy.revocable([i], {}),
  ],

  errors(i) {
    const cause = new TypeError(`cause ${i}`);
    return [new Error(`error ${i}`, { cause }), new AggregateError([cause]), /x+/gu.exec('xx')];
  },

  events(i) {
    const emitter = new EventEmitter();
    emitter.on('event', () => i).once('event', () => emitter);
    const target = new EventTarget();
    target.addEventListener('event', () => i, { once: true });
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => target);
    return [emitter, target, controller];
  },

  libraries: (i) => [
    new URL(`https://example.org/${i}?q=1`),
    new async_hooks.AsyncResource('TEST'),
    new Intl.NumberFormat('en'),
    new TextDecoder(),
    structuredClone(new Map([[i, { cloned: true }]])),
  ],

  rare(i) {
    if (i % RARELY !== 0) return null;
    const context = vm.createContext({ shared: { from: 'outside' } });
    const script = new vm.Script('class Inside { a = {} }; var made = [new Inside(), {a, b: {}}]');
    context.a = {};
    script.runInContext(context);
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    port2.postMessage({ message: i });
    const input = new PassThrough();
    const memory = new WebAssembly.Memory({ initial: 1 });
    return [
      i % (2 * RARELY) === 0 ? context : vm.runInContext('made', context),
      [script, port1, port2, input, memory],
      [crypto.createHash('sha256'), crypto.createSecretKey(Buffer.from('key')), zlib.createGzip()],
      [createInterface({ input }), new dns.Resolver(), new async_hooks.AsyncLocalStorage()],
    ];
  },
};

/**
 * @param {number} round
 * @returns {unknown[]} what has to be kept
 */
function makeObjects(round) {
  return Object.values(MAKERS).map((make) => make(round));
}

module.exports = { makeObjects };
