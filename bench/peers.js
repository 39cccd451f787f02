'use strict';

/**
 * The analysers that heapwatch is measured against, installed from npm at fixed versions, each into
 * a folder of its own: no dependency of the project.
 */

const path = require('node:path');

const { installPackages } = require('./npm_install.js');

const FOLDER = path.join(__dirname, 'out', 'peers');

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
function install({ id, package: name, version }) {
  return name === null ? null : installPackages(path.join(FOLDER, id), [`${name}@${version}`]);
}

module.exports = { ANALYSERS, install, packageFolder };
