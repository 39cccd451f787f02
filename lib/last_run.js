'use strict';

const { bytes, percent, rate } = require('./report/units.js');
const { POOL_NAMES } = require('./report/leak_reason.js');

/**
 * What the black box of a run that died tells.
 *
 * The file may have been edited, or be of another version: what is missing or of another type is left
 * out, never believed.
 *
 * @typedef {import('../index.js').LastRun} LastRun
 */

/** A pool or process this full was killed for it, most probably. */
const FULL = 0.9;
/** V8's limit includes what it keeps for new objects, up to 48 MB, which nothing old can use. */
const YOUNG_BYTES = 48 * 2 ** 20;
/** A rise over the samples that is worth a word, where nothing was judged yet. */
const RISE_BYTES = 10 * 2 ** 20;

/**
 * @param {any} box
 * @returns {LastRun}
 */
function lastRunOf({ writtenAtMs, rss, run }) {
  const status = object(run.status);
  const pools = object(status.pools);
  const samples = list(run.samples);
  const grown = grownPool(status, pools) ?? risenPool(samples);
  const rssBytes = list(rss).map((reading) => number(list(reading)[1])).findLast(isKnown) ?? null;
  const heap = object(pools['js-heap']);
  const facts = {
    pid: number(run.pid),
    startedAt: date(run.startedAt),
    endedAt: new Date(writtenAtMs),
    verdict: typeof status.verdict === 'string' ? status.verdict : 'learning',
    state: typeof status.state === 'string' ? status.state : 'learning',
    pool: grown?.pool ?? null,
    bytesPerHour: grown?.bytesPerHour ?? null,
    rssBytes,
    memoryLimitBytes: number(object(status.limits).memoryBytes),
    heapUsedBytes: number(heap.currentBytes),
    heapLimitBytes: usable(number(heap.limitBytes), number(object(status.limits).heapBytes)),
  };
  return /** @type {LastRun} */ ({
    ...facts,
    outOfMemory: isFull(facts.rssBytes, facts.memoryLimitBytes) ||
      isFull(facts.heapUsedBytes, facts.heapLimitBytes),
    reason: `${how(facts, grown)}${levels(facts)}.`,
    samples,
    leaks: list(run.leaks),
    suspects: list(run.suspects),
    sections: object(run.sections),
  });
}

/**
 * @typedef {{ pool: import('../index.js').Pool, bytesPerHour: number | null, from: number | null,
 *   to: number | null }} Grown
 */

/**
 * What was suspected or known to grow.
 *
 * @param {any} status
 * @param {any} pools
 * @returns {Grown | null}
 */
function grownPool({ state, pool }, pools) {
  if ((state !== 'suspect' && state !== 'confirmed') || !Object.hasOwn(POOL_NAMES, pool)) return null;
  const { bytesPerHour, startBytes, currentBytes } = object(pools[pool]);
  return {
    pool,
    bytesPerHour: number(object(bytesPerHour).mid),
    from: number(startBytes),
    to: number(currentBytes),
  };
}

/**
 * A life too short for a judgement: what rose most from the first sample to the last.
 *
 * @param {any[]} samples
 * @returns {Grown | null}
 */
function risenPool(samples) {
  const [first, last] = [object(samples[0]), object(samples.at(-1))];
  const sizes = /** @type {const} */ ([
    ['js-heap', 'usedBytes'],
    ['array-buffers', 'arrayBuffersBytes'],
    ['external', 'externalBytes'],
    ['native', 'restBytes'],
  ]);
  const rises = sizes.map(([pool, name]) => ({ pool, from: number(first[name]), to: number(last[name]) }));
  /** @param {{ from: number | null, to: number | null }} rise */
  const by = ({ from, to }) => (to ?? 0) - (from ?? 0);
  const most = rises.reduce((most, rise) => (by(rise) > by(most) ? rise : most));
  return by(most) >= RISE_BYTES ? { ...most, bytesPerHour: null } : null;
}

/**
 * @param {any} facts
 * @param {Grown | null} grown
 */
function how({ pid, endedAt }, grown) {
  const died = `The last run (pid ${pid ?? 'unknown'}) died after ${endedAt.toISOString()}`;
  if (grown === null) return `${died}; no growth was seen`;
  const { pool, from, to, bytesPerHour } = grown;
  const pace = bytesPerHour === null ? '' : ` by ${rate(bytesPerHour, bytes)}`;
  const sizes = from === null || to === null ? '' : `, from ${bytes(from)} to ${bytes(to)}`;
  return `${died} while ${POOL_NAMES[pool]} grew${pace}${sizes}`;
}

/** @param {any} facts */
function levels({ heapUsedBytes, heapLimitBytes, rssBytes, memoryLimitBytes }) {
  return [
    ['JavaScript heap', heapUsedBytes, heapLimitBytes],
    ['resident set', rssBytes, memoryLimitBytes],
  ]
    .filter(([, size, limit]) => size !== null && limit > 0)
    .map(([name, size, limit]) => `; ${name} ${bytes(size)}, ${percent(size / limit)} of its limit`)
    .join('');
}

/**
 * The part of a limit of the heap that old objects can fill.
 *
 * @param {number | null} limit
 * @param {number | null} v8Limit
 */
function usable(limit, v8Limit) {
  if (limit === null || v8Limit === null) return limit;
  return Math.min(limit, Math.max(v8Limit - YOUNG_BYTES, v8Limit / 2));
}

/**
 * @param {number | null} size
 * @param {number | null} limit
 */
function isFull(size, limit) {
  return size !== null && limit !== null && limit > 0 && size >= FULL * limit;
}

/** @param {any} value */
function number(value) {
  return Number.isFinite(value) ? /** @type {number} */ (value) : null;
}

/** @param {number | null} value */
function isKnown(value) {
  return value !== null;
}

/** @param {any} value */
function date(value) {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : new Date(time);
}

/** @param {any} value @returns {any} */
function object(value) {
  return typeof value === 'object' && value !== null ? value : {};
}

/** @param {any} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}

module.exports = { lastRunOf };
