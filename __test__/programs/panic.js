'use strict';

/** Panics in the addon, on purpose. */

const heapwatch = require('../..');
const { settled } = require('../../lib/errors.js');
const native = require('../../lib/native.js');

const panic = () => settled(native.panicForTest(new native.CancelHandle()));

async function main() {
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, panic));
  const errors = outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return null;
    const { code, name, message, detail } = outcome.reason;
    return { code, name, message, detail };
  });
  const graph = await heapwatch.capture();
  process.stdout.write(`${JSON.stringify({ errors, captured: graph.nodeCount > 0 })}\n`);
}

main();
