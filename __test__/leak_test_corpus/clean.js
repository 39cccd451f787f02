'use strict';

/**
 * Workloads that keep nothing, on packages that many programs use: what they hold after each iteration is
 * what they held before it, or is bounded.
 *
 * @typedef {{ packages: string[], make: (load: (name: string) => any) => any }} CleanWorkload `make`
 *   gives the function for one iteration
 */

/** @param {string[]} packages @param {CleanWorkload['make']} make @returns {CleanWorkload} */
const on = (packages, make) => ({ packages, make });

/** A server for one request after the other, closed when the process ends. */
async function listening(/** @type {import('node:http').Server} */ server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  server.unref();
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

/** @type {Record<string, CleanWorkload>} */
const CLEAN = {
  'express with supertest': on(['express', 'supertest'], (load) => {
    const app = load('express')();
    app.get('/users/:id', (/** @type {any} */ request, /** @type {any} */ response) => {
      response.json({ id: request.params.id });
    });
    return () => load('supertest')(app).get('/users/7');
  }),
  'fastify inject': on(['fastify'], (load) => {
    const app = load('fastify')();
    app.get('/users/:id', async (/** @type {any} */ request) => ({ id: request.params.id }));
    return () => app.inject('/users/7');
  }),
  'koa over http': on(['koa'], (load) => {
    const app = new (load('koa'))();
    app.use((/** @type {any} */ context) => (context.body = { path: context.path }));
    // One server: `fetch` of Node 20 and 22 keeps a pool for each port that it ever saw.
    const port = listening(require('node:http').createServer(app.callback()));
    return async () => {
      await (await fetch(`http://127.0.0.1:${await port}/a`, { headers: { connection: 'close' } })).text();
    };
  }),
  'undici to a server': on(['undici'], (load) => {
    const server = require('node:http').createServer((_, response) => response.end('hello'));
    const port = listening(server);
    return async () => (await load('undici').request(`http://127.0.0.1:${await port}/`)).body.text();
  }),
  'ws, a message there and back': on(['ws'], (load) => {
    const { WebSocket, WebSocketServer } = load('ws');
    const server = require('node:http').createServer();
    new WebSocketServer({ server }).on('connection', (/** @type {any} */ socket) =>
      socket.on('message', (/** @type {any} */ data) => socket.send(data)),
    );
    const port = listening(server);
    return async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${await port}`);
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send('hello');
      await new Promise((resolve) => socket.once('message', resolve));
      socket.close();
      await new Promise((resolve) => socket.once('close', resolve));
    };
  }),
  'a pool of sockets': on([], () => {
    const net = require('node:net');
    const server = net.createServer((socket) => void socket.pipe(socket));
    const port = new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () =>
        resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port),
      ),
    );
    server.unref();
    /** @type {import('node:net').Socket[]} */
    const idle = [];
    return async () => {
      const socket = idle.pop() ?? net.connect(/** @type {number} */ (await port), '127.0.0.1').unref();
      socket.write('select 1');
      await new Promise((resolve) => socket.once('data', resolve));
      idle.push(socket);
    };
  }),
  zod: on(['zod'], (load) => {
    const { z } = load('zod');
    const schema = z.object({ name: z.string(), tags: z.array(z.string()).optional() });
    return () => schema.safeParse({ name: 'ann', tags: ['a', 1] });
  }),
  ajv: on(['ajv'], (load) => {
    const validate = new (load('ajv'))().compile({ type: 'object', required: ['id'] });
    return () => validate({ id: 1 });
  }),
  joi: on(['joi'], (load) => {
    const schema = load('joi').object({ id: load('joi').number().required() });
    return () => schema.validate({ id: 'seven' });
  }),
  yup: on(['yup'], (load) => {
    const schema = load('yup').object({ id: load('yup').number().required() });
    return () => schema.validate({ id: 7 });
  }),
  handlebars: on(['handlebars'], (load) => {
    const template = load('handlebars').compile('{{#each items}}<b>{{name}}</b>{{/each}}');
    return () => template({ items: [{ name: 'a' }, { name: 'b' }] });
  }),
  ejs: on(['ejs'], (load) => () => load('ejs').render('<%= name %>', { name: 'ann' })),
  mustache: on(['mustache'], (load) => () => load('mustache').render('{{name}}', { name: 'ann' })),
  marked: on(['marked'], (load) => () => load('marked').parse('# A\n\n- *b*\n- `c`')),
  lodash: on(['lodash'], (load) => {
    const { cloneDeep, groupBy, memoize } = load('lodash');
    const square = memoize((/** @type {number} */ number) => ({ value: number * number }));
    let next = 0;
    return () => groupBy(cloneDeep([square(next++ % 10), square(3)]), 'value');
  }),
  rxjs: on(['rxjs'], (load) => {
    const { Subject, filter, map } = load('rxjs');
    const subject = new Subject();
    return () => {
      const subscription = subject
        .pipe(map((/** @type {number} */ x) => x * 2), filter((/** @type {number} */ x) => x > 2))
        .subscribe();
      subject.next(2);
      subscription.unsubscribe();
    };
  }),
  winston: on(['winston'], (load) => {
    const winston = load('winston');
    const { Writable } = require('node:stream');
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] });
    return () => logger.info('hello', { user: 'ann' });
  }),
  pino: on(['pino'], (load) => {
    const { Writable } = require('node:stream');
    const logger = load('pino')(new Writable({ write: (_chunk, _encoding, done) => done() }));
    return () => logger.child({ request: 7 }).info('hello');
  }),
  debug: on(['debug'], (load) => {
    const debug = load('debug')('app:sessions');
    return () => debug('hello %s', 'ann');
  }),
  commander: on(['commander'], (load) => () => {
    const program = new (load('commander').Command)();
    program.option('-n, --name <name>').argument('[file]');
    program.parse(['node', 'app', '-n', 'ann', 'file']);
    return program.opts();
  }),
  yargs: on(['yargs-parser'], (load) => () => load('yargs-parser')(['--name', 'ann', '-v', 'file'])),
  'lru-cache at its bound': on(['lru-cache'], (load) => {
    const cache = new (load('lru-cache').LRUCache)({ max: 50 });
    let next = 0;
    for (; next < 50; next++) cache.set(next, { next });
    return () => void cache.set(next++, { next });
  }),
  'p-limit-like queue': on(['async'], (load) => {
    const queue = load('async').queue(async (/** @type {number} */ task) => task + 1, 2);
    return () => queue.pushAsync(1);
  }),
  bluebird: on(['bluebird'], (load) => () => load('bluebird').map([1, 2, 3], async (/** @type {number} */ x) => x)),
  immer: on(['immer'], (load) => {
    let state = { items: [1, 2, 3], user: { name: 'ann' } };
    return () => {
      state = load('immer').produce(state, (/** @type {any} */ draft) => void (draft.user.name += ''));
    };
  }),
  ramda: on(['ramda'], (load) => () => load('ramda').pipe(load('ramda').map(load('ramda').inc), load('ramda').sum)([1, 2])),
  'knex, a builder of queries': on(['knex'], (load) => {
    const knex = load('knex')({ client: 'pg' });
    return () => knex('users').where({ id: 7 }).join('orders', 'users.id', 'orders.user').limit(3).toSQL();
  }),
  dayjs: on(['dayjs'], (load) => () => load('dayjs')('2026-01-02').add(1, 'day').format('YYYY-MM-DD')),
  'js-yaml': on(['js-yaml'], (load) => () => load('js-yaml').dump(load('js-yaml').load('a: [1, {b: c}]'))),
  semver: on(['semver'], (load) => () => load('semver').satisfies('1.2.3', '^1.0.0')),
  qs: on(['qs'], (load) => () => load('qs').stringify(load('qs').parse('a[b]=c&d=1'))),
  cheerio: on(['cheerio'], (load) => () => load('cheerio').load('<ul><li>a</li></ul>')('li').text()),
  acorn: on(['acorn'], (load) => () => load('acorn').parse('const a = b => c', { ecmaVersion: 2020 })),
  postcss: on(['postcss'], (load) => () => load('postcss')([]).process('a { b: c }', { from: undefined }).css),
  eventemitter3: on(['eventemitter3'], (load) => {
    const emitter = new (load('eventemitter3'))();
    return () => {
      const listener = () => {};
      emitter.on('order', listener).emit('order');
      emitter.off('order', listener);
    };
  }),
  'a logger that flushes': on([], () => {
    /** @type {string[]} */
    let lines = [];
    return () => {
      if (lines.push(`line ${lines.length}`) >= 20) lines = [];
    };
  }),
  'a value that is computed once': on([], () => {
    /** @type {Map<string, object> | null} */
    let table = null;
    return () => (table ??= new Map(Array.from({ length: 500 }, (_, i) => [`key ${i}`, { i }])));
  }),
  'a module that is loaded late': on([], () => {
    let calls = 0;
    return () => ++calls > 40 && require('node:zlib').gzipSync('text');
  }),
  'async local storage': on([], () => {
    const storage = new (require('node:async_hooks').AsyncLocalStorage)();
    return () => storage.run({ id: 1 }, async () => storage.getStore());
  }),
  'console output': on([], () => {
    const { Console } = require('node:console');
    const { Writable } = require('node:stream');
    const quiet = new Console(new Writable({ write: (_chunk, _encoding, done) => done() }));
    return () => quiet.log('hello %s', 'ann', { a: 1 });
  }),
  'timers and streams that end': on([], () => {
    const { Readable, promises } = require('node:stream');
    const { setTimeout: sleep } = require('node:timers/promises');
    return async () => {
      await sleep(0);
      await promises.pipeline(Readable.from(['a', 'b']), async function* (source) {
        for await (const chunk of source) yield chunk;
      }, async (source) => { for await (const chunk of source) void chunk; });
    };
  }),
};

module.exports = { CLEAN };
