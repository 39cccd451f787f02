'use strict';

/** What Node has objects for: events, streams, crypto, timers, contexts, sockets in use. */

const { AsyncLocalStorage, AsyncResource, createHook, executionAsyncResource } = require('node:async_hooks');
const { spawn } = require('node:child_process');
const crypto = require('node:crypto');
const diagnostics = require('node:diagnostics_channel');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { performance, PerformanceObserver } = require('node:perf_hooks');
const { PassThrough, Readable, Transform } = require('node:stream');
const vm = require('node:vm');
const zlib = require('node:zlib');

/** Pairs of sockets that are open while the heap is captured. */
const CONNECTIONS = 50;

/** Far longer than any test. */
const LATER_MS = 1e8;

function asyncContext() {
  const storage = new AsyncLocalStorage();
  const hook = createHook({ init() {} });
  const resource = new AsyncResource('ORACLE');
  const inside = storage.run({ stored: true }, () => ({
    promise: new Promise(() => {}).then(() => storage.getStore()),
    timer: setTimeout(() => storage.getStore(), LATER_MS).unref(),
    resource: executionAsyncResource(),
  }));
  return { storage, hook, resource, inside, bound: AsyncResource.bind(() => storage) };
}

function events() {
  const emitter = new EventEmitter();
  emitter.on('event', () => emitter).once('event', () => {});
  emitter.on('single', function listener() {});
  const target = new EventTarget();
  target.addEventListener('event', () => target);
  target.addEventListener('event', { handleEvent() {} }, { once: true });
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => controller);
  const aborted = new AbortController();
  aborted.abort(new Error('reason'));
  const channel = diagnostics.channel('heapwatch:oracle');
  channel.subscribe(() => emitter);
  const observer = new PerformanceObserver(() => {});
  observer.observe({ entryTypes: ['measure'] });
  const timeout = AbortSignal.timeout(LATER_MS);
  const waiting = once(emitter, 'never');
  return {
    emitter, target, controller, aborted, channel, observer, timeout, waiting,
    any: AbortSignal.any([controller.signal, timeout]),
    mark: performance.mark('planted', { detail: { in: 'mark' } }),
  };
}

function streams() {
  const readable = Readable.from([{ chunk: 1 }, { chunk: 2 }]);
  const through = new PassThrough();
  through.write('buffered');
  const transform = new Transform({ transform: (chunk, _, done) => done(null, chunk) });
  through.pipe(transform);
  const web = new ReadableStream({ start: (controller) => controller.enqueue({ queued: true }) });
  const [left, right] = web.tee();
  return {
    readable, through, transform, left, right,
    writable: new WritableStream({ write() {} }),
    file: fs.createReadStream(__filename),
    gzip: zlib.createGzip(),
    brotli: zlib.createBrotliDecompress(),
    encoder: [new TextEncoder(), new TextDecoder('utf-16le')],
    compression: new CompressionStream('gzip'),
  };
}

function natives() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const hash = crypto.createHash('sha256').update('part');
  const context = vm.createContext({ outside: { from: 'outside' } });
  vm.runInContext('class Inside { a = {} }; var made = [new Inside(), () => outside];', context);
  const script = new vm.Script('globalThis');
  const failed = vm.runInContext('new TypeError("of another context")', context);
  return {
    keys: [privateKey, publicKey, crypto.createSecretKey(Buffer.alloc(16))],
    hash,
    hmac: crypto.createHmac('sha1', 'key'),
    cipher: crypto.createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)),
    context, script, failed,
    otherRealm: vm.runInNewContext('[{ a: {} }, new Map([[1, {}]]), function f() {}]'),
    url: new URL('https://example.org/path?a=1&b=2'),
    query: new URLSearchParams('a=1&b=2'),
    headers: new Headers({ a: 'b' }),
    request: new Request('https://example.org/', { method: 'POST', body: 'text' }),
    response: new Response('body', { status: 404 }),
    form: new FormData(),
    watcher: fs.watch(__dirname).unref(),
  };
}

function timers() {
  const immediate = setImmediate(() => {});
  clearImmediate(immediate);
  return {
    timeouts: Array.from({ length: 10 }, (_, i) => setTimeout(() => i, LATER_MS + i).unref()),
    interval: setInterval(() => {}, LATER_MS).unref(),
    cleared: immediate,
    cancelled: clearTimeout(setTimeout(() => {}, LATER_MS)),
  };
}

/** A server that has answered over every connection and keeps all of them open. */
async function sockets() {
  const served = new Map();
  const server = http.createServer((request, response) => {
    served.set(request.url, { headers: request.headers });
    response.end(JSON.stringify({ url: request.url }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, i) => {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`GET /${i} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n`);
      await once(socket, 'data');
      socket.on('data', () => served.get(`/${i}`));
      return socket;
    }),
  );
  return { server, served, clients };
}

async function child() {
  const sleeper = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(sleeper, 'spawn');
  sleeper.unref();
  return sleeper;
}

async function plant() {
  return {
    asyncContext: asyncContext(),
    events: events(),
    streams: streams(),
    natives: natives(),
    timers: timers(),
    sockets: await sockets(),
    child: await child(),
  };
}

module.exports = { plant };
