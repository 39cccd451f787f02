'use strict';

const heapwatch = require('../..');

/**
 * Walks the heap from within functions whose variables are all that holds most of it: at first the
 * whole program is one turn of the event loop, later a function goes on behind an `await`. Tells
 * how many of the objects in variables each walk found.
 */

const OBJECTS = 50_000;

class WalkedInPlace {}
class WalkedInChild {}

/**
 * @param {boolean} fork
 * @param {new () => object} Class whose objects nothing but a variable holds
 */
async function walkWithVariable(fork, Class) {
  const objects = Array.from({ length: OBJECTS }, () => new Class());
  const counts = [];
  for (let walk = 0; walk < 2; walk += 1) {
    const graph = await heapwatch.capture({ method: 'walk', fork });
    counts.push(graph.classes({ filter: Class.name })[0]?.count ?? 0);
    graph.close();
  }
  // Held to the end.
  counts.push(objects.length);
  return counts;
}

async function main() {
  const inPlace = await walkWithVariable(false, WalkedInPlace);
  const forked = await walkWithVariable(true, WalkedInChild);
  process.stdout.write(`${JSON.stringify({ inPlace, forked })}\n`);
}

main();
