'use strict';

/**
 * The snapshots that analysers are measured on, each written by a process of its own and kept for
 * the next time:
 *
 * | heap | what is in it |
 * | - | - |
 * | `orders:NODES` | the orders of a shop (order_heap.js), about so many nodes |
 * | `related:NODES` | the same with references among orders: about 4 edges a node |
 * | `list:LENGTH` | a linked list whose values are indexed elsewhere |
 * | `webpack:0` | webpack after a build of some libraries (webpack_build.js) |
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const OUT = path.join(__dirname, 'out');

/** The largest of the heaps needs more than V8 gives by default. */
const NODE_OPTIONS = ['--max-old-space-size=16384'];

/**
 * @param {string} heap
 * @returns {string} the file
 */
function snapshotOf(heap) {
  const [kind, size] = heap.split(':');
  if (!/^(orders|related|list|webpack)$/.test(kind) || !/^\d+$/.test(size ?? '')) {
    throw new Error(`no heap '${heap}': orders:NODES, related:NODES, list:LENGTH or webpack:0`);
  }
  const version = process.version.split('.')[0];
  const file = path.join(OUT, `${kind}-${size}-${version}.heapsnapshot`);
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(OUT, { recursive: true });
  process.stderr.write(`writing ${file}; this blocks V8 for a while\n`);
  const script = path.join(__dirname, 'write_snapshot.js');
  const { status } = spawnSync(process.execPath, [...NODE_OPTIONS, script, kind, size, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`the snapshot of ${heap} could not be written`);
  return file;
}

module.exports = { OUT, snapshotOf };
