'use strict';

const path = require('node:path');

/**
 * A reading of the sampler, by sites: the innermost functions of the program, with what was
 * allocated in them and in what they call of Node and V8.
 *
 * @typedef {import('./heap_sampler.js').CallFrame} CallFrame
 * @typedef {import('./heap_sampler.js').Profile} Profile
 * @typedef {import('./heap_sampler.js').ProfileNode} ProfileNode
 * @typedef {{ bytes: number, ordinals: number[] }} LiveSamples
 * @typedef {LiveSamples & { frames: CallFrame[], stackBytes: number }} Site `frames`: the stack with
 *   the most live bytes, innermost first
 * @typedef {{ timeMs: number, lastOrdinal: number, sites: Map<string, Site> }} SiteReading
 */

/** Our own allocations belong to who calls us. */
const OWN_FOLDER = path.join(__dirname, '..') + path.sep;

/** Callers that are told of a site: the way to it, not the whole of a framework. */
const MAX_FRAMES = 8;

/**
 * O(nodes and samples of the profile).
 *
 * @param {Profile} profile
 * @param {number} timeMs since the epoch
 * @returns {SiteReading}
 */
function siteReading({ head, samples }, timeMs) {
  const frames = framesOfNodes(head);
  /** @type {Map<number, LiveSamples>} */
  const byNode = new Map();
  let lastOrdinal = 0;
  for (const { nodeId, size, ordinal } of samples) {
    addSamples(byNode, nodeId, { bytes: size, ordinals: [ordinal] });
    lastOrdinal = Math.max(lastOrdinal, ordinal);
  }
  /** @type {Map<string, Site>} */
  const sites = new Map();
  for (const [nodeId, live] of byNode) {
    const stack = frames.get(nodeId) ?? [head.callFrame];
    const site = addSamples(sites, keyOf(stack[0]), live);
    if (site.stackBytes === undefined || site.stackBytes < live.bytes) {
      Object.assign(site, { frames: stack.slice(0, MAX_FRAMES), stackBytes: live.bytes });
    }
  }
  return { timeMs, lastOrdinal, sites };
}

/**
 * @template K
 * @param {Map<K, any>} map
 * @param {K} key
 * @param {LiveSamples} live
 */
function addSamples(map, key, { bytes, ordinals }) {
  const sum = map.get(key) ?? { bytes: 0, ordinals: [] };
  map.set(key, sum);
  sum.bytes += bytes;
  for (const ordinal of ordinals) sum.ordinals.push(ordinal);
  return sum;
}

/**
 * The frames of the program that each node's allocations were made in, innermost first; where there
 * are none, what V8 says instead.
 *
 * @param {ProfileNode} head
 */
function framesOfNodes(head) {
  /** @type {Map<number, CallFrame[]>} */
  const frames = new Map();
  /** @type {[ProfileNode, CallFrame[]][]} */
  const left = head.children.map((child) => [child, []]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [node, callers] = next;
    const stack = isOfProgram(node.callFrame) ? [node.callFrame, ...callers] : callers;
    frames.set(node.id, stack.length > 0 ? stack : [node.callFrame]);
    for (const child of node.children) left.push([child, stack]);
  }
  return frames;
}

/** @param {CallFrame} frame */
function isOfProgram({ url }) {
  return url !== '' && !url.startsWith('node:') && !url.startsWith(OWN_FOLDER);
}

/** @param {CallFrame} frame */
function keyOf({ functionName, scriptId, lineNumber, columnNumber }) {
  return `${scriptId}:${lineNumber}:${columnNumber}:${functionName}`;
}

module.exports = { siteReading };
