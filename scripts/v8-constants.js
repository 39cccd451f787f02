'use strict';

/**
 * What a Node binary says about the layout of V8's heap: the symbols `v8dbg_*`, which V8 leaves in it
 * for post-mortem debuggers, as a name and a value on each line. That is the form of
 * `crates/capture/src/v8_layout/testdata`, to which the next version of V8 is added:
 *
 *     node scripts/v8-constants.js [BINARY] > crates/capture/src/v8_layout/testdata/v14.6.txt
 *
 * Without BINARY it is the Node that runs this. Reads ELF files of 64 bits, least byte first: Linux on
 * x86-64 and aarch64. Constants of the stack and of registers are left out, because the walk of the
 * heap doesn't use them, and so is the hierarchy of V8's classes, which has no values.
 */

const fs = require('node:fs');

const PREFIX = 'v8dbg_';
const UNUSED = /^(frametype_|off_fp_|DeoptimizationData|parent_)|Register0?$/;

/** Kinds of sections in an ELF file. */
const NO_BITS = 8;
const DYNAMIC_SYMBOLS = 11;

/** Bytes of a section's header, and of a symbol. */
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;

/**
 * @typedef {{ type: number, address: bigint, offset: number, size: number, link: number }} Section
 * `link` is the section with the names of one with symbols
 */

/**
 * @param {Buffer} file
 * @returns {Section[]}
 */
function sectionsOf(file) {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error('no ELF file of 64 bits, least byte first');
  }
  const first = Number(file.readBigUInt64LE(0x28));
  return Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => {
    const header = file.subarray(first + SECTION_BYTES * index);
    return {
      type: header.readUInt32LE(4),
      address: header.readBigUInt64LE(16),
      offset: Number(header.readBigUInt64LE(24)),
      size: Number(header.readBigUInt64LE(32)),
      link: header.readUInt32LE(40),
    };
  });
}

/**
 * The constants by name.
 *
 * @param {string} binary
 * @returns {Map<string, number>}
 */
function constantsOf(binary) {
  const file = fs.readFileSync(binary);
  const sections = sectionsOf(file);
  const symbols = sections.find(({ type }) => type === DYNAMIC_SYMBOLS);
  if (symbols === undefined) throw new Error('no dynamic symbols');
  const names = sections[symbols.link].offset;
  const constants = new Map();
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += SYMBOL_BYTES) {
    const start = names + file.readUInt32LE(at);
    if (file.toString('latin1', start, start + PREFIX.length) !== PREFIX) continue;
    const name = file.toString('latin1', start + PREFIX.length, file.indexOf(0, start));
    const { type, address, offset } = sections[file.readUInt16LE(at + 6)];
    // What is zero takes no place in the file.
    const place = offset + Number(file.readBigUInt64LE(at + 8) - address);
    constants.set(name, type === NO_BITS ? 0 : file.readInt32LE(place));
  }
  return constants;
}

/**
 * The lines for the folder `testdata`, in the order of their bytes.
 *
 * @param {string} binary
 * @returns {string}
 */
function constantsText(binary) {
  return [...constantsOf(binary)]
    .filter(([name]) => !UNUSED.test(name))
    .map(([name, value]) => `${name} ${value}\n`)
    .sort()
    .join('');
}

if (require.main === module) {
  process.stdout.write(constantsText(process.argv[2] ?? process.execPath));
}

module.exports = { constantsText };
