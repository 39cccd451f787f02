'use strict';

/**
 * The analysers that heapwatch is measured against, installed from npm at fixed versions, each into
 * a folder of its own: no dependency of the project.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { npmCommand } = require('../scripts/install-packages.js');

const FOLDER = path.join(__dirname, 'out', 'peers');

/** How much of npm's errors is shown; the start says most. */
const SHOWN_CHARACTERS = 300;

/**
 * @typedef {object} Analyser
 * @property {string} id as in analyser_child.js
 * @property {string | null} package `null`: heapwatch itself
 * @property {string} version
 * @property {string} does exactly what is measured
 */

/** @type {Analyser[]} */
const ANALYSERS = [
  {
    id: 'heapwatch',
    package: null,
    version: require('../package.json').version,
    does:
      'open(): streams the file; essential edges, shallow sizes, dominators, retained sizes, ' +
      'classes by constructor position and by shape with retained sizes; then classes() of all',
  },
  {
    id: 'v8-heap-parser',
    package: '@vscode/v8-heap-parser',
    version: '0.1.0',
    does:
      'readFileSync, decode_bytes() (Rust in WebAssembly), get_class_groups() of all with ' +
      'retained sizes; classes by name',
  },
  {
    id: 'devtools',
    package: 'heap-snapshot-toolkit',
    version: '1.1.3',
    does:
      "Chrome DevTools' engine in one thread: parse() of a stream, which includes distances, " +
      'dominators, retained sizes and statistics; aggregatesWithFilter() of all nodes',
  },
  {
    id: 'memlab',
    package: '@memlab/core',
    version: '2.0.5',
    does:
      'getSnapshotFromFile() with an index of ids; preparePathFinder(): shortest paths of all ' +
      'nodes, dominators, retained sizes, marks of detached nodes; one pass over all nodes for ' +
      'classes by name, which it does not list itself',
  },
];

/**
 * @param {Analyser} analyser
 * @returns {string} where its package is
 */
function packageFolder({ id, package: name }) {
  return name === null ? '' : path.join(FOLDER, id, 'node_modules', name);
}

/**
 * @param {Analyser} analyser
 * @returns {string | null} why it could not be installed
 */
function install(analyser) {
  const { id, package: name, version } = analyser;
  if (name === null || installedVersion(analyser) === version) return null;
  const prefix = path.join(FOLDER, id);
  fs.mkdirSync(prefix, { recursive: true });
  // Without a package.json of its own npm would install into the nearest one above.
  fs.writeFileSync(path.join(prefix, 'package.json'), '{ "private": true }\n');
  process.stderr.write(`installing ${name}@${version}\n`);
  const { command, args, shell } = npmCommand();
  // memlab's install script would download a browser.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, [...args, 'install', ...flags, `${name}@${version}`], {
    cwd: prefix,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status === 0 && installedVersion(analyser) === version) return null;
  const said = result.error?.message ?? result.stderr.trim().slice(0, SHOWN_CHARACTERS);
  return said || `npm ended with code ${result.status}`;
}

/** @param {Analyser} analyser */
function installedVersion(analyser) {
  try {
    const file = path.join(packageFolder(analyser), 'package.json');
    return JSON.parse(fs.readFileSync(file, 'utf8')).version;
  } catch {
    return null;
  }
}

module.exports = { ANALYSERS, install, packageFolder };
