'use strict';

/**
 * Writes messages in the encoding of Protocol Buffers: as much of it as pprof needs. Fields that are
 * 0, the default, are left out.
 * Source: https://protobuf.dev/programming-guides/encoding
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * 7 bits a byte, the lowest first. Without bit operations, which know 32 bits only.
 *
 * @param {number} value whole, from 0 on
 * @returns {number[]}
 */
function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) + 0x80);
  bytes.push(value);
  return bytes;
}

class Message {
  /** @type {Buffer[]} */
  #parts = [];

  /**
   * @param {number} field
   * @param {number} value
   */
  integer(field, value) {
    if (value !== 0) this.#parts.push(Buffer.from([...varint(field * 8 + VARINT), ...varint(value)]));
    return this;
  }

  /**
   * @param {number} field
   * @param {number[]} values
   */
  integers(field, values) {
    return this.bytes(field, Buffer.from(values.flatMap(varint)));
  }

  /**
   * @param {number} field
   * @param {string} text
   */
  text(field, text) {
    return this.bytes(field, Buffer.from(text));
  }

  /**
   * @param {number} field
   * @param {Message} message
   */
  message(field, message) {
    return this.bytes(field, message.encoded());
  }

  /**
   * @param {number} field
   * @param {Buffer} bytes
   */
  bytes(field, bytes) {
    const tag = [...varint(field * 8 + LENGTH_DELIMITED), ...varint(bytes.length)];
    this.#parts.push(Buffer.from(tag), bytes);
    return this;
  }

  encoded() {
    return Buffer.concat(this.#parts);
  }
}

module.exports = { Message };
