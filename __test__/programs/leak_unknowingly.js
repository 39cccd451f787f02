'use strict';

/** Leaks a megabyte every five seconds (of its own time) until a process warning says so. */

const heapwatch = require('../..');
const { collect } = require('../collections.js');

/** Far more than it takes. */
const MAX_STEPS = 60;

/** @type {number[][]} */
const leaked = [];

async function main() {
  /** @type {any} */
  let heard = null;
  process.on('warning', (/** @type {any} */ { name, code, message, detail }) => {
    heard ??= { name, code, message, detail };
  });
  for (let i = 0; i < MAX_STEPS && heard === null; i++) {
    for (let j = 0; j < 256; j++) leaked.push(new Array(512).fill(i + 0.5));
    await collect(heapwatch);
  }
  process.stdout.write(`${JSON.stringify({ heard, steps: leaked.length / 256 })}\n`);
}

main();
