'use strict';

/** Objects are expected to go in a worker, and in two copies of the package's modules. */

const path = require('node:path');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const { collectMajor } = require('../major_collections.js');

/** @typedef {typeof import('../..')} Heapwatch */

const OPTIONS = { afterMs: 0, pathCooldownMs: Infinity };

/**
 * @param {Heapwatch} heapwatch
 * @param {string} label
 */
function expectHeld(heapwatch, label) {
  const held = {};
  /** @type {string[]} */
  const told = [];
  heapwatch.on('retained', (info) => told.push(info.label));
  heapwatch.expectCollected(held, label, OPTIONS);
  return { held, told };
}

/** @returns {Heapwatch} with modules that are evaluated anew */
function anotherCopy() {
  const folder = path.join(__dirname, '..', '..');
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(folder) && file.endsWith('.js')) delete require.cache[file];
  }
  return require('../..');
}

async function main() {
  const worker = new Worker(__filename);
  const ofWorker = new Promise((resolve) => worker.once('message', resolve));
  const expected = [
    expectHeld(require('../..'), 'of the first'),
    expectHeld(anotherCopy(), 'of the second'),
  ];
  await collectMajor(3);
  const copies = expected.map(({ told }) => told);
  process.stdout.write(`${JSON.stringify({ worker: await ofWorker, copies })}\n`);
}

async function inWorker() {
  const { held, told } = expectHeld(require('../..'), 'in a worker');
  await collectMajor(3);
  parentPort?.postMessage(told);
  return held;
}

if (isMainThread) main();
else inWorker();
