'use strict';

/**
 * Binary code of a WebAssembly module with many functions that do nothing, all of them in a table, as
 * compilers from C make them.
 */

/** @param {number} number below 2^14, as LEB128 of two bytes */
const twoBytes = (number) => [(number & 0x7f) | 0x80, number >> 7];

/** @param {number} functions */
function largeWasmModule(functions) {
  const count = twoBytes(functions);
  const all = Array.from({ length: functions }, (_, i) => i);
  /** @type {[number, number[]][]} */
  const sections = [
    [1, [1, 0x60, 0, 0]],
    [3, [...count, ...all.map(() => 0)]],
    [4, [1, 0x70, 0, ...count]],
    [9, [1, 0, 0x41, 0, 0x0b, ...count, ...all.flatMap(twoBytes)]],
    [10, [...count, ...all.flatMap(() => [2, 0, 0x0b])]],
  ];
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const bytes = sections.flatMap(([id, body]) => [id, ...twoBytes(body.length), ...body]);
  return Uint8Array.from([...magic, ...bytes]);
}

module.exports = { largeWasmModule };
