'use strict';

/** Opens files of 200 MB that are no snapshots, and tells how much memory that took. */

const fs = require('node:fs');

const heapwatch = require('../..');
const { snapshotText } = require('../snapshot_text.js');

const BYTES = 200 * 2 ** 20;

const [file] = process.argv.slice(2);
const text = snapshotText();
/** @param {string} key */
const upTo = (key) => text.slice(0, text.indexOf(key) + key.length);

/** @type {[string, string, string, object?][]} name, how it starts, what is repeated, options */
const FILES = [
  ['brackets', '', '['],
  ['white space', '', ' '],
  ['brackets in a section', upTo('"trace_tree":'), '['],
  ['text in the header', '{"snapshot":{"a":"', 'a'],
  ['digits in the nodes', upTo('"nodes":['), '1'],
  ['digits in a skipped section', upTo('"trace_tree":['), '1'],
  ['a key without end', upTo('"trace_tree":[],').concat('"'), 'k'],
  ['a string without end', upTo('"strings":[').concat('"'), 's', { maxMemoryBytes: 4 * 2 ** 20 }],
];

/**
 * @param {string} start
 * @param {string} repeated
 */
function write(start, repeated) {
  const piece = Buffer.alloc(2 ** 20, repeated);
  const fd = fs.openSync(file, 'w');
  fs.writeSync(fd, start);
  for (let bytes = 0; bytes < BYTES; bytes += piece.length) fs.writeSync(fd, piece);
  fs.closeSync(fd);
}

async function main() {
  for (const [name, start, repeated, options] of FILES) {
    write(start, repeated);
    const before = process.resourceUsage().maxRSS;
    const code = await heapwatch.open(file, options).then(() => null, (error) => error.code);
    // The peak, kilobytes.
    const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
    process.stdout.write(`${JSON.stringify({ name, code, grownBytes })}\n`);
  }
}

main();
