// @ts-nocheck The types of this project know no WebAssembly.
'use strict';

/** Code that comes in other ways: ES modules, WebAssembly, functions that are compiled to machine
 * code, and worker threads with what they share. */

const { once } = require('node:events');
const { MessageChannel, Worker } = require('node:worker_threads');

/** Calls after which V8 compiles a function. */
const HOT = 20_000;

async function esModules() {
  const text = (/** @type {string} */ source) => `data:text/javascript,${encodeURIComponent(source)}`;
  const leaf = text(`
    export let count = { n: 0 };
    export default class Leaf { a = {} }
    export const increment = () => (count = { n: count.n + 1 });
    export function* generate() { yield count; }`);
  const index = text(`
    import Leaf, { count, increment } from '${leaf}';
    export * from '${leaf}';
    export * as whole from '${leaf}';
    const hidden = { in: 'module' };
    increment();
    export const leaves = [new Leaf(), () => hidden, () => count, import.meta];
    export const later = () => import('${leaf}');
    export const awaited = await Promise.resolve({ top: 'level' });`);
  const namespace = await import(index);
  return { namespace, again: await namespace.later(), builtin: await import('node:path') };
}

/**
 * A module by hand: a memory, a table, a global, an imported function and three exported ones.
 *
 *     (import "host" "call" (func (param i32)))
 *     (func (export "run") (param i32) local.get 0 call 0)
 *     (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
 */
const WASM = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x0b, 0x02, 0x60, 0x01, 0x7f, 0x00, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f],
  ...[0x02, 0x0d, 0x01, 0x04, 0x68, 0x6f, 0x73, 0x74, 0x04, 0x63, 0x61, 0x6c, 0x6c, 0x00, 0x00],
  ...[0x03, 0x03, 0x02, 0x00, 0x01],
  ...[0x04, 0x04, 0x01, 0x70, 0x00, 0x04],
  ...[0x05, 0x03, 0x01, 0x00, 0x01],
  ...[0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x2a, 0x0b],
  ...[0x07, 0x26, 0x05],
  ...[0x03, 0x72, 0x75, 0x6e, 0x00, 0x01],
  ...[0x03, 0x61, 0x64, 0x64, 0x00, 0x02],
  ...[0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00],
  ...[0x05, 0x74, 0x61, 0x62, 0x6c, 0x65, 0x01, 0x00],
  ...[0x05, 0x63, 0x6f, 0x75, 0x6e, 0x74, 0x03, 0x00],
  ...[0x0a, 0x10, 0x02],
  ...[0x06, 0x00, 0x20, 0x00, 0x10, 0x00, 0x0b],
  ...[0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6a, 0x0b],
]);

function webAssembly() {
  const module = new WebAssembly.Module(WASM);
  const called = /** @type {unknown[]} */ ([]);
  const instance = new WebAssembly.Instance(module, {
    host: { call: (/** @type {number} */ value) => called.push({ value }) },
  });
  const { run, add, table } = /** @type {any} */ (instance.exports);
  run(7);
  for (let i = 0; i < 1000; i += 1) add(i, i);
  table.set(1, add);
  const second = new WebAssembly.Instance(module, { host: { call: run } });
  const { Tag, Exception } = /** @type {any} */ (WebAssembly);
  const tag = new Tag({ parameters: ['i32', 'externref'] });
  return {
    module,
    instances: [instance, second],
    called,
    memory: new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true }),
    table: new WebAssembly.Table({ initial: 3, element: 'externref' }, { in: 'table' }),
    global: new WebAssembly.Global({ value: 'externref', mutable: true }, { in: 'global' }),
    tag,
    exception: new Exception(tag, [1, { in: 'exception' }]),
    error: (() => {
      try {
        return new WebAssembly.Module(Buffer.from([0]));
      } catch (error) {
        return error;
      }
    })(),
  };
}

function compiled() {
  class Point {
    /**
     * @param {number} x
     * @param {number} y
     */
    constructor(x, y) {
      this.x = x;
      this.y = y;
    }
    sum() {
      return this.x + this.y;
    }
  }
  const weight = { factor: 2 };
  const add = (/** @type {Point} */ point) => point.sum() * weight.factor;
  let total = 0;
  for (let i = 0; i < HOT; i += 1) total += add(new Point(i, 0.5));
  const shapes = [{ a: 1 }, { b: 2, a: 1 }, { c: 3, a: 1 }, { d: 4, a: 1 }, { e: 5, a: 1 }];
  const polymorphic = (/** @type {{ a: number }} */ object) => object.a;
  for (let i = 0; i < HOT; i += 1) total += polymorphic(shapes[i % shapes.length]);
  return { Point, add, polymorphic, shapes, total };
}

async function workers() {
  const shared = new SharedArrayBuffer(1024);
  const { port1, port2 } = new MessageChannel();
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    globalThis.kept = [workerData, new Map([['in', 'worker']])];
    parentPort.on('message', () => {});
    parentPort.postMessage('ready');`;
  const options = { eval: true, workerData: { shared, port: port2 }, transferList: [port2] };
  const started = [new Worker(source, options), new Worker(source, { eval: true })];
  await Promise.all(started.map((worker) => once(worker, 'message')));
  for (const worker of started) worker.unref();
  port1.unref();
  return { shared, port: port1, started };
}

async function plant() {
  return {
    esModules: await esModules(),
    webAssembly: webAssembly(),
    compiled: compiled(),
    workers: await workers(),
  };
}

module.exports = { plant };
