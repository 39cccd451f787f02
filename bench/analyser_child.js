'use strict';

/**
 * One analyser on one snapshot, measured: `node analyser_child.js ANALYSER FILE [PACKAGE_FOLDER]`.
 * All of them load the file, compute dominators and retained sizes, and list the classes; what else
 * each one does on the way stands in analysers.js.
 */

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { giveResult } = require('./measuring_child.js');
const { cpuMs, peakRss } = require('./process_cost.js');

/** More classes than any snapshot has. */
const ALL = 2 ** 31;

/** @typedef {{ nodes: number | null, classes: number }} Found */

/** @type {Record<string, (file: string, folder: string) => Promise<Found>>} */
const ANALYSERS = {
  heapwatch: async (file) => {
    const heapwatch = require('..');
    const graph = await heapwatch.open(file);
    return { nodes: graph.nodeCount, classes: graph.classes().length };
  },

  'v8-heap-parser': async (file, folder) => {
    const { decode_bytes: decode } = require(folder);
    const graph = decode(fs.readFileSync(file));
    // The third argument would leave the retained sizes out.
    return { nodes: null, classes: graph.get_class_groups(0, ALL, false).length };
  },

  devtools: async (file, folder) => {
    const toolkit = await import(pathToFileURL(path.join(folder, 'index.js')).href);
    const snapshot = await toolkit.parse(fs.createReadStream(file, 'utf8'));
    const { NodeFilter } = toolkit.DevToolsAPI.HeapSnapshotModel;
    const classes = snapshot.aggregatesWithFilter(new NodeFilter());
    return { nodes: snapshot.nodeCount, classes: Object.keys(classes).length };
  },

  memlab: async (file, folder) => {
    const { analysis, utils } = require(folder);
    const snapshot = await utils.getSnapshotFromFile(file, { buildNodeIdIndex: true });
    analysis.preparePathFinder(snapshot);
    return { nodes: snapshot.nodes.length, classes: countClasses(snapshot.nodes) };
  },
};

/**
 * memlab has no list of classes: one pass over its nodes, the least that one needs for it.
 *
 * @param {{ forEach(each: (node: any) => void): void }} nodes
 */
function countClasses(nodes) {
  const classes = new Map();
  nodes.forEach((node) => {
    const name = node.type === 'object' || node.type === 'native' ? node.name : `(${node.type})`;
    const sums = classes.get(name) ?? { count: 0, self: 0, retained: 0 };
    sums.count += 1;
    sums.self += node.self_size;
    sums.retained = Math.max(sums.retained, node.retainedSize);
    classes.set(name, sums);
  });
  return classes.size;
}

async function main() {
  const [analyser, file, folder] = process.argv.slice(2);
  const [cpuBefore, start] = [cpuMs(), performance.now()];
  const found = await ANALYSERS[analyser](file, folder);
  const wallMs = performance.now() - start;
  giveResult({ wallMs, cpuMs: cpuMs() - cpuBefore, peakRss: peakRss(), ...found });
  // What a peer left running is no part of the measurement.
  process.exit();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
