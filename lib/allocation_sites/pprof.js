'use strict';

const { fileURLToPath } = require('node:url');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const { SAMPLE_EVERY_BYTES } = require('./heap_sampler.js');
const { Message } = require('./protobuf.js');

/**
 * A heap profile in the format of pprof, as Pyroscope, Parca and `go tool pprof` read it: gzip around
 * a message `Profile` (https://github.com/google/pprof/blob/main/proto/profile.proto, whose numbers
 * of fields are below).
 *
 * @typedef {import('./heap_sampler.js').CallFrame} CallFrame
 * @typedef {import('./heap_sampler.js').Profile} Profile
 * @typedef {import('./heap_sampler.js').ProfileNode} ProfileNode
 */

const PROFILE = { sampleType: 1, sample: 2, location: 4, function: 5, string: 6, time: 9, periodType: 11, period: 12 };
const VALUE_TYPE = { type: 1, unit: 2 };
const SAMPLE = { locations: 1, values: 2 };
const LOCATION = { id: 1, line: 4 };
const LINE = { function: 1, line: 2, column: 3 };
const FUNCTION = { id: 1, name: 2, systemName: 3, file: 4, startLine: 5 };

const gzip = promisify(zlib.gzip);

/**
 * @param {Profile} profile
 * @param {number} timeMs since the epoch
 * @returns {Promise<Buffer>}
 */
function pprof(profile, timeMs) {
  return gzip(new Encoding().profile(profile, timeMs));
}

/** Collects what the samples refer to by number. */
class Encoding {
  #message = new Message();
  /** The first string has to be empty. */
  #strings = new Map([['', 0]]);
  /** @type {Map<string, number>} */
  #locations = new Map();

  /**
   * @param {Profile} profile
   * @param {number} timeMs
   */
  profile({ head, samples }, timeMs) {
    this.#message
      .message(PROFILE.sampleType, this.#valueType('inuse_objects', 'count'))
      .message(PROFILE.sampleType, this.#valueType('inuse_space', 'bytes'));
    const live = liveByNode(samples);
    /** @type {[ProfileNode, number[]][]} */
    const left = head.children.map((child) => [child, []]);
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [node, callers] = next;
      const stack = [this.#location(node.callFrame), ...callers];
      const values = live.get(node.id);
      if (values) {
        const sample = new Message().integers(SAMPLE.locations, stack);
        this.#message.message(PROFILE.sample, sample.integers(SAMPLE.values, values));
      }
      for (const child of node.children) left.push([child, stack]);
    }
    this.#message
      .integer(PROFILE.time, Math.round(timeMs) * 1e6)
      .message(PROFILE.periodType, this.#valueType('space', 'bytes'))
      .integer(PROFILE.period, SAMPLE_EVERY_BYTES);
    for (const text of this.#strings.keys()) this.#message.text(PROFILE.string, text);
    return this.#message.encoded();
  }

  /**
   * @param {string} type
   * @param {string} unit
   */
  #valueType(type, unit) {
    return new Message()
      .integer(VALUE_TYPE.type, this.#string(type))
      .integer(VALUE_TYPE.unit, this.#string(unit));
  }

  /** @param {string} text */
  #string(text) {
    const number = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, number);
    return number;
  }

  /**
   * V8 knows where a function is written, not which of its lines allocates: a location is a function.
   *
   * @param {CallFrame} frame
   */
  #location({ functionName, scriptId, url, lineNumber, columnNumber }) {
    const key = `${scriptId}:${lineNumber}:${columnNumber}:${functionName}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const id = this.#locations.size + 1;
    this.#locations.set(key, id);
    const name = this.#string(functionName || '(anonymous)');
    const line = lineNumber + 1;
    this.#message
      .message(
        PROFILE.function,
        new Message()
          .integer(FUNCTION.id, id)
          .integer(FUNCTION.name, name)
          .integer(FUNCTION.systemName, name)
          .integer(FUNCTION.file, this.#string(fileOf(url)))
          .integer(FUNCTION.startLine, line),
      )
      .message(
        PROFILE.location,
        new Message().integer(LOCATION.id, id).message(
          LOCATION.line,
          new Message()
            .integer(LINE.function, id)
            .integer(LINE.line, line)
            .integer(LINE.column, columnNumber + 1),
        ),
      );
    return id;
  }
}

/**
 * Live objects and bytes of each node.
 *
 * @param {import('./heap_sampler.js').Sample[]} samples
 */
function liveByNode(samples) {
  /** @type {Map<number, [objects: number, bytes: number]>} */
  const live = new Map();
  for (const { nodeId, size } of samples) {
    const [objects, bytes] = live.get(nodeId) ?? [0, 0];
    live.set(nodeId, [objects + objectsOf(size), bytes + size]);
  }
  return live;
}

/** V8's objects are so many bytes or a multiple. */
const ALIGNMENT = 8;

/**
 * How many objects a sample stands for. V8 gives the product of their size and their number, which
 * follows from the size: those of a size `s` that was sampled once in so many bytes `R` are
 * `1 / (1 - exp(-s / R))`. Several sizes may have the same product; the smallest is the likeliest, as
 * small objects are the most.
 *
 * @param {number} bytes
 */
function objectsOf(bytes) {
  const most = Math.max(ALIGNMENT, bytes - SAMPLE_EVERY_BYTES);
  for (let size = most - (most % ALIGNMENT); size <= Math.min(bytes, SAMPLE_EVERY_BYTES); size += ALIGNMENT) {
    const count = Math.round(1 / (1 - Math.exp(-size / SAMPLE_EVERY_BYTES)));
    if (size * count === bytes) return count;
  }
  return 1;
}

/** @param {string} url */
function fileOf(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

module.exports = { objectsOf, pprof };
