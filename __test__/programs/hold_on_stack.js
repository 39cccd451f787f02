'use strict';

/**
 * Walks the heap while a frame of the stack refers to an object in a collection, and to one that
 * nothing else refers to. Tells what retains the two.
 */

const heapwatch = require('../..');
/** @type {any} */
const native = require('../../lib/native.js');

class InWorkload {}
class InFrame {}

/** @type {object[]} */
const workload = [new InWorkload()];
const { startWalk } = native;

native.startWalk = (/** @type {unknown[]} */ ...args) => {
  const inFrame = [workload[0], new InFrame()];
  const [first, second] = inFrame;
  inFrame.length = 0;
  const result = startWalk(...args);
  // Held until the walk is over.
  inFrame.push(first, second);
  return result;
};

/**
 * @param {heapwatch.HeapGraph} graph
 * @param {string} name of a class with one instance
 */
async function retainersOf(graph, name) {
  const { objects } = await graph.find({ class: name, kind: 'object' });
  const retainers = objects.flatMap(({ id }) => graph.retainers(id) ?? []);
  return retainers.filter(({ kind }) => kind !== 'weak').map(({ node }) => node.name);
}

async function main() {
  const graph = await heapwatch.capture({ method: 'walk', fork: false });
  const ofWorkload = await retainersOf(graph, InWorkload.name);
  const ofFrame = await retainersOf(graph, InFrame.name);
  process.stdout.write(`${JSON.stringify({ ofWorkload, ofFrame })}\n`);
}

main();
