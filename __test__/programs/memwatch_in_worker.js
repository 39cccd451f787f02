'use strict';

// Three workers at once.

const { Worker, isMainThread } = require('node:worker_threads');

const memwatch = require('../../memwatch.js');

const WORKERS = 3;

class Ticket {}

if (isMainThread) {
  for (let i = 0; i < WORKERS; i++) new Worker(__filename);
} else {
  work();
}

async function work() {
  let collections = 0;
  memwatch.on('stats', () => collections++);
  memwatch.gc();
  const tickets = { held: Array.from({ length: 2500 }, () => new Ticket()) };
  const diff = new memwatch.HeapDiff();
  tickets.held = Array.from({ length: 5000 }, () => new Ticket());
  const { change } = diff.end();
  memwatch.gc();
  await new Promise((resolve) => process.nextTick(resolve));
  const { '+': allocated, '-': freed } =
    /** @type {any} */ (change.details.find(({ what }) => what === 'Ticket'));
  // New ones may have taken the places of old ones: the difference is what is sure.
  const result = { more: allocated - freed, held: tickets.held.length, collections };
  console.log(JSON.stringify(result));
  memwatch.removeAllListeners();
}
