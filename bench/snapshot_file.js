'use strict';

/**
 * What a snapshot file holds, counted here and without the code under test: the sections `nodes`
 * and `edges` number by number, with V8's own layout from the header.
 */

const fs = require('node:fs');

/** Bytes at the start of a file in which the header ends for certain. V8 writes about 1.5 KB. */
const HEADER_BYTES = 64 << 10;
const CHUNK_BYTES = 1 << 20;

const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const CLOSING_BRACKET = 0x5d;

/**
 * @typedef {{ nodes: number, edges: number, totalSize: number }} Totals `totalSize` in bytes
 */

/**
 * @param {string} file
 * @returns {Totals}
 */
function totalsOf(file) {
  const descriptor = fs.openSync(file, 'r');
  try {
    const { layout, nodesAt } = readHeader(descriptor);
    const sizeField = layout.node_fields.indexOf('self_size');
    const nodes = sumSection(descriptor, nodesAt, layout.node_fields.length, sizeField);
    const edgesAt = afterText(descriptor, nodes.end, '"edges":[');
    const edges = sumSection(descriptor, edgesAt, layout.edge_fields.length, 0);
    return { nodes: nodes.records, edges: edges.records, totalSize: nodes.sum };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** @param {number} descriptor */
function readHeader(descriptor) {
  const nodesAt = afterText(descriptor, 0, '"nodes":[');
  const head = readAt(descriptor, 0, nodesAt).toString('latin1');
  const header = head.slice(0, head.lastIndexOf(',')) + '}';
  return { layout: JSON.parse(header).snapshot.meta, nodesAt };
}

/**
 * @param {number} descriptor
 * @param {number} from
 * @param {string} text expected soon behind `from`
 * @returns {number} the position behind it
 */
function afterText(descriptor, from, text) {
  const at = readAt(descriptor, from, HEADER_BYTES).indexOf(text);
  if (at < 0) throw new Error(`no ${text} in the ${HEADER_BYTES} bytes behind byte ${from}`);
  return from + at + text.length;
}

/**
 * Adds up one field of all records of a section.
 *
 * @param {number} descriptor
 * @param {number} start behind the opening bracket
 * @param {number} fields numbers a record has
 * @param {number} field the one to sum
 */
function sumSection(descriptor, start, fields, field) {
  let [numbers, sum, value, hasDigits, position] = [0, 0, 0, false, start];
  for (;;) {
    const chunk = readAt(descriptor, position, CHUNK_BYTES);
    if (chunk.length === 0) throw new Error(`the file ends in a section that starts at ${start}`);
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i];
      if (byte >= DIGIT_0 && byte <= DIGIT_9) {
        value = value * 10 + (byte - DIGIT_0);
        hasDigits = true;
      } else if (byte === COMMA || byte === CLOSING_BRACKET) {
        if (hasDigits) {
          if (numbers % fields === field) sum += value;
          numbers += 1;
        }
        [value, hasDigits] = [0, false];
        if (byte === CLOSING_BRACKET) {
          return { records: numbers / fields, sum, end: position + i + 1 };
        }
      }
    }
    position += chunk.length;
  }
}

/**
 * @param {number} descriptor
 * @param {number} position
 * @param {number} length
 */
function readAt(descriptor, position, length) {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, length, position));
}

module.exports = { totalsOf };
