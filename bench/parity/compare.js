'use strict';

/**
 * Compares what heapwatch says about every node of a snapshot with what Chrome DevTools says:
 * immediate dominator, retained size, shallow size, and class.
 *
 *     node bench/parity/compare.js FILE.heapsnapshot...
 *
 * DevTools' engine comes from npm's heap-snapshot-toolkit, which is installed under bench/out.
 * Exit code: 0 if dominators and sizes agree for every node, 1 if not, 2 for wrong usage or if
 * something could not be run. Class names are compared too, for information.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const ROOT = path.join(__dirname, '..', '..');
const OUT = path.join(ROOT, 'bench', 'out', 'parity');

/** A fixed version: a new one may count differently, which is then worth a look. */
const TOOLKIT = 'heap-snapshot-toolkit';
const TOOLKIT_VERSION = '1.1.3';

/** Differences that are shown of each file and kind; the first ones are as good as any. */
const SHOWN = 5;

/** What has to agree. */
const BINDING = ['dominator', 'retained', 'shallow'];

/**
 * @typedef {object} Analysis columns with one entry a node
 * @property {number[]} dominator index of the immediate dominator
 * @property {number[]} retained bytes
 * @property {number[]} shallow bytes, after the sizes of hidden parts moved to their owners
 * @property {string[]} class
 */

/** @param {string} message */
function stopWith(message) {
  process.stderr.write(`parity: ${message}\n`);
  process.exit(2);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {string} what the command printed
 */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: Infinity,
  });
  if (result.status !== 0) stopWith(`'${command} ${args.join(' ')}' failed`);
  return result.stdout;
}

/** @returns {Promise<any>} the toolkit's module */
async function devtools() {
  const folder = path.join(OUT, 'node_modules', TOOLKIT);
  if (!fs.existsSync(folder)) {
    fs.mkdirSync(OUT, { recursive: true });
    // Without a package.json of its own npm would install into the nearest one above.
    fs.writeFileSync(path.join(OUT, 'package.json'), '{ "private": true }\n');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const options = ['--prefix', OUT, '--no-save', '--no-audit', '--no-fund', '--silent'];
    run(npm, ['install', ...options, `${TOOLKIT}@${TOOLKIT_VERSION}`]);
  }
  return import(pathToFileURL(path.join(folder, 'index.js')).href);
}

/**
 * @param {any} toolkit
 * @param {string} file
 * @returns {Promise<Analysis>}
 */
async function analyzeWithDevTools(toolkit, file) {
  const snapshot = await toolkit.parse(fs.createReadStream(file, 'utf8'));
  const fields = snapshot.nodeFieldCount;
  /** @type {Analysis} */
  const analysis = { dominator: [], retained: [], shallow: [], class: [] };
  for (let i = 0; i < snapshot.nodeCount; i += 1) {
    const node = snapshot.createNode(i * fields);
    analysis.dominator.push(node.dominatorIndex() / fields);
    analysis.retained.push(node.retainedSize());
    analysis.shallow.push(node.selfSize());
    analysis.class.push(node.className());
  }
  return analysis;
}

/**
 * @param {string} file
 * @returns {Analysis}
 */
function analyzeWithHeapwatch(file) {
  const example = ['--release', '--quiet', '-p', 'heapwatch-graph', '--example', 'dump_analysis'];
  const table = run('cargo', ['run', ...example, '--', path.resolve(file)]);
  /** @type {Analysis} */
  const analysis = { dominator: [], retained: [], shallow: [], class: [] };
  for (const line of table.trimEnd().split('\n')) {
    const [, dominator, retained, shallow, name] = line.split('\t');
    analysis.dominator.push(Number(dominator));
    analysis.retained.push(Number(retained));
    analysis.shallow.push(Number(shallow));
    analysis.class.push(JSON.parse(name));
  }
  return analysis;
}

/**
 * @param {Analysis} ours
 * @param {Analysis} theirs
 * @returns {Record<string, number[]>} per column the nodes on which the two differ
 */
function differences(ours, theirs) {
  /** @type {Record<string, number[]>} */
  const different = {};
  for (const column of /** @type {(keyof Analysis)[]} */ (Object.keys(theirs))) {
    const length = Math.max(ours[column].length, theirs[column].length);
    const nodes = Array.from({ length }, (_, node) => node);
    different[column] = nodes.filter((node) => ours[column][node] !== theirs[column][node]);
  }
  return different;
}

/**
 * @param {any} toolkit
 * @param {string} file
 * @returns {Promise<boolean>} whether everything that has to agree does
 */
async function compare(toolkit, file) {
  const theirs = await analyzeWithDevTools(toolkit, file);
  const ours = analyzeWithHeapwatch(file);
  const different = differences(ours, theirs);
  const counts = Object.entries(different).map(([column, nodes]) => `${column} ${nodes.length}`);
  console.log(`${file}: ${theirs.class.length} nodes; differ: ${counts.join(', ')}`);
  for (const [column, nodes] of Object.entries(different)) {
    for (const node of nodes.slice(0, SHOWN)) {
      const key = /** @type {keyof Analysis} */ (column);
      const [own, other] = [ours[key][node], theirs[key][node]].map((v) => JSON.stringify(v));
      console.log(`  node ${node} (${theirs.class[node]}): ${column} ${own}, DevTools ${other}`);
    }
  }
  return BINDING.every((column) => different[column].length === 0);
}

async function main() {
  const files = process.argv.slice(2);
  if (files.length === 0) stopWith('usage: node bench/parity/compare.js FILE.heapsnapshot...');
  const toolkit = await devtools();
  let agree = true;
  for (const file of files) agree = (await compare(toolkit, file)) && agree;
  process.exitCode = agree ? 0 : 1;
}

main().catch((error) => stopWith(error.stack));
