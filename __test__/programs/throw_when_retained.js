'use strict';

/** A listener throws; tells what surfaced and what others were told. */

const heapwatch = require('../..');
const { collectMajor } = require('../major_collections.js');

/** @type {string[]} */
const errors = [];
/** @type {string[]} */
const told = [];
process.on('uncaughtException', ({ message }) => errors.push(message));

async function main() {
  const watcher = heapwatch.watch({ method: 'none' });
  heapwatch.on('retained', ({ label }) => {
    throw new Error(`thrown for ${label}`);
  });
  watcher.on('retained', ({ label }) => told.push(label));
  const held = [{}, {}];
  for (const [i, label] of ['a', 'b'].entries()) {
    heapwatch.expectCollected(held[i], label, { afterMs: 0, pathCooldownMs: Infinity });
  }
  await collectMajor(3);
  process.stdout.write(`${JSON.stringify({ errors, told, held: held.length })}\n`);
}

main();
