'use strict';

const async_hooks = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');
const { EventEmitter } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { Readable } = require('node:stream');
const vm = require('node:vm');

/**
 * Workloads that keep something in each iteration. What is kept is named in each, so that it can be
 * seen that the right thing is told.
 *
 * @typedef {{ packages: string[], make: (load: (name: string) => any) => any }} LeakingWorkload
 */

/** @param {LeakingWorkload['make']} make @param {...string} packages @returns {LeakingWorkload} */
const leak = (make, ...packages) => ({ packages, make });

class Session {
  constructor(/** @type {number} */ id) {
    this.id = id;
    this.tags = ['a'];
  }
}

let count = 0;
const next = () => count++;
/** @type {any[]} */
const kept = [];

/** @type {Record<string, LeakingWorkload>} */
const LEAKING = {
  'objects in an array': leak(() => () => kept.push({ id: next(), items: [] })),
  'instances in a Map by number': leak(() => {
    const sessions = new Map();
    return () => sessions.set(next(), new Session(count));
  }),
  'instances in a Set': leak(() => {
    const sessions = new Set();
    return () => sessions.add(new Session(next()));
  }),
  'values by key of an object': leak(() => {
    /** @type {any} */
    const byKey = {};
    return () => (byKey[`user ${next()}`] = new Session(count));
  }),
  strings: leak(() => () => kept.push(`a line of text, number ${next()}`)),
  'keys of a Map without values': leak(() => {
    const seen = new Map();
    return () => seen.set(`request ${next()}`, true);
  }),
  closures: leak(() => () => kept.push(() => count)),
  'closures over a large scope': leak(() => () => {
    const large = new Array(1000).fill(next());
    kept.push(() => large.length);
  }),
  'listeners of an emitter': leak(() => {
    const bus = new EventEmitter().setMaxListeners(0);
    return () => bus.on('order', () => count);
  }),
  'one listener again and again': leak(() => {
    const bus = new EventEmitter().setMaxListeners(0);
    const listener = () => {};
    return () => bus.on('order', listener);
  }),
  'listeners of the process': leak(() => {
    process.setMaxListeners(0);
    return () => process.on('beforeExit', () => count);
  }),
  'listeners of an AbortSignal': leak(() => {
    const { signal } = new AbortController();
    require('node:events').setMaxListeners(0, signal);
    return () => signal.addEventListener('abort', () => count);
  }),
  intervals: leak(() => () => void setInterval(() => count, 1_000_000).unref()),
  timeouts: leak(() => () => void setTimeout(() => count, 1_000_000).unref()),
  'buffers of a megabyte': leak(() => () => kept.push(new ArrayBuffer(2 ** 20))),
  'small Buffers': leak(() => () => kept.push(Buffer.alloc(100))),
  'typed arrays': leak(() => () => kept.push(new Float64Array(10))),
  classes: leak(() => () => kept.push(class Made {})),
  'compiled functions': leak(() => () => kept.push(new Function('a', `return a + ${next()}`))),
  'vm contexts': leak(() => () => kept.push(vm.createContext({}))),
  promises: leak(() => () => kept.push(new Promise(() => {}))),
  'suspended generators': leak(() => {
    function* numbers() {
      yield 1;
      yield 2;
    }
    return () => {
      const generator = numbers();
      generator.next();
      kept.push(generator);
    };
  }),
  'a linked list': leak(() => {
    /** @type {any} */
    let head = null;
    return () => (head = { value: { id: next() }, previous: head });
  }),
  'values of a WeakMap with keys that stay': leak(() => {
    const meta = new WeakMap();
    return () => {
      const key = { id: next() };
      kept.push(key);
      meta.set(key, new Session(count));
    };
  }),
  'regular expressions': leak(() => () => kept.push(new RegExp(`a${next()}`))),
  errors: leak(() => () => kept.push(new Error('failed'))),
  dates: leak(() => () => kept.push(new Date())),
  proxies: leak(() => () => kept.push(new Proxy({ id: next() }, {}))),
  'bound functions': leak(() => {
    const target = (/** @type {number} */ id) => count + id;
    return () => kept.push(target.bind(null, next()));
  }),
  'URL objects': leak(() => () => kept.push(new URL(`http://host/${next()}`))),
  'streams that never end': leak(() => () => kept.push(new Readable({ read() {} }))),
  'open files': leak(() => () => void fs.openSync(__filename, 'r')),
  'servers that listen': leak(() => async () => {
    const server = net.createServer().unref();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    kept.push(server);
  }),
  'agents of http': leak(() => () => kept.push(new http.Agent({ keepAlive: true }))),
  'async hooks that stay enabled': leak(() => () =>
    void async_hooks.createHook({ destroy() {} }).enable()),
  'stores of async local storage': leak(() => {
    const storage = new async_hooks.AsyncLocalStorage();
    return () => storage.run(new Session(next()), () => kept.push(new async_hooks.AsyncResource('job')));
  }),
  'subscribers of a channel': leak(() => {
    const channel = diagnostics.channel('corpus');
    return () => channel.subscribe(() => count);
  }),
  'timings of the console': leak(() => () => console.time(`request ${next()}`)),
  'marks of performance': leak(() => () => void performance.mark(`mark ${next()}`)),
  'fields of one instance': leak(() => {
    /** @type {any} */
    const registry = new Session(0);
    return () => (registry[`handler${next()}`] = () => count);
  }),
  'arrays in a Map': leak(() => {
    const groups = new Map();
    return () => {
      const group = groups.get('all') ?? [];
      group.push(new Session(next()));
      groups.set('all', group);
    };
  }),
  'a static field': leak(() => {
    class Registry {
      /** @type {Session[]} */
      static all = [];
    }
    return () => Registry.all.push(new Session(next()));
  }),
  'a private field': leak(() => {
    class Pool {
      /** @type {Session[]} */
      #all = [];
      add() {
        this.#all.push(new Session(next()));
      }
    }
    const pool = new Pool();
    return () => pool.add();
  }),
  'an async function': leak(() => async () => {
    await null;
    kept.push(new Session(next()));
  }),
  'a generator': leak(() =>
    function* steps() {
      yield 1;
      kept.push(new Session(next()));
    }),
  'lodash memoize': leak((load) => {
    const user = load('lodash').memoize((/** @type {number} */ id) => ({ id, name: 'ann' }));
    return () => user(next());
  }, 'lodash'),
  'subscriptions of rxjs': leak((load) => {
    const subject = new (load('rxjs').Subject)();
    return () => subject.subscribe(() => count);
  }, 'rxjs'),
  'eventemitter3 listeners': leak((load) => {
    const bus = new (load('eventemitter3'))();
    return () => bus.on('order', () => count);
  }, 'eventemitter3'),
  'schemas of ajv': leak((load) => {
    const ajv = new (load('ajv'))();
    return () => ajv.compile({ type: 'object', $id: `schema${next()}`, required: ['id'] });
  }, 'ajv'),
  'helpers of handlebars': leak((load) => () =>
    load('handlebars').registerHelper(`helper${next()}`, () => count), 'handlebars'),
  'middleware of express': leak((load) => {
    const app = load('express')();
    return () => app.use((/** @type {any} */ _request, /** @type {any} */ _response, /** @type {any} */ go) => go());
  }, 'express'),
  'a cache without a bound': leak((load) => {
    const cache = new (load('lru-cache').LRUCache)({ max: 1_000_000 });
    return () => cache.set(next(), new Session(count));
  }, 'lru-cache'),
};

module.exports = { LEAKING };
