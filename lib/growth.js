'use strict';

const { HeldReadings } = require('./held_readings.js');
const native = require('./native.js');

/**
 * The growth of each pool of memory, judged after every major collection; native memory, which
 * collections don't govern, at the rhythm of the readings.
 *
 * A pool is what an alarm names. Most are one series of sizes; native memory is three, because each
 * means something else: what V8 itself allocates, its global handles (a leak of an addon), and the
 * rest of the resident set, which may be an addon's or the allocator's fragmentation.
 *
 * @typedef {import('../index.js').Pool} Pool
 * @typedef {import('../index.js').PoolJudgement} PoolJudgement
 * @typedef {'js-heap' | 'array-buffers' | 'external' | 'rest' | 'malloced' | 'global-handles' |
 *   'contexts' | 'other-heaps'} Series
 */

/** @type {Record<Pool, Series[]>} */
const SERIES_OF = {
  'js-heap': ['js-heap'],
  'array-buffers': ['array-buffers'],
  external: ['external'],
  native: ['rest', 'malloced', 'global-handles'],
  contexts: ['contexts'],
};
const POOLS = /** @type {Pool[]} */ (Object.keys(SERIES_OF));
/** The heaps of other isolates are theirs to judge; here they only explain what native memory isn't.
 * @type {Series[]} */
const SERIES = [...Object.values(SERIES_OF).flat(), 'other-heaps'];

/**
 * Contexts are counted, and judged in bytes like all else: by what an empty one takes at least, as
 * `vm.createContext()` makes it on Node 20 (145 KB; 167 on Node 26).
 */
const BYTES_PER_CONTEXT = 145_000;

/**
 * Growth of this pace is told however far the limit is, unless another one is asked for: 0.1 MB/s fills
 * a gigabyte in 3 hours, and whoever loses one every 3 hours can't wait as long for the levels. Only
 * where series are measured by collections: what is read in between shows each cache of buffers that
 * fills within a minute.
 */
const FAST_LEAK_BYTES_PER_HOUR = 360e6;
/** @type {Set<Series>} */
const SHOW_FAST_LEAKS = new Set(['js-heap', 'contexts', 'global-handles']);

/**
 * Readings that become one sample of what collections don't govern. With the default rhythm that is
 * one in 15 s: the fast path then judges by two minutes, which a start-up's allocations don't last.
 */
const READINGS_PER_SAMPLE = 3;

/** States from good to bad. */
const STATES = ['learning', 'healthy', 'suspect', 'confirmed'];

class Growth {
  /** @type {Record<Series, import('./native.js').NativeTrend>} */
  #trends;
  /** @type {Record<Series, import('../index.js').Judgement>} */
  #judged;
  #held = new HeldReadings();
  /** @type {{ rest: number, 'other-heaps': number }[]} */
  #gathered = [];

  /** @param {any} options of the watcher, checked */
  constructor(options) {
    const thresholds = {
      minGrowthBytesPerHour: options.minGrowthBytesPerHour,
      fastGrowthFraction: options.fastGrowthFraction,
      fastRunwayMs: options.fastRunwayMs,
      fastLevelFraction: options.fastLevelFraction,
      fastMinSpanMs: options.fastMinSpanMs,
    };
    const fastLeakBytesPerHour = options.fastLeakBytesPerHour ?? FAST_LEAK_BYTES_PER_HOUR;
    this.#trends = bySeries((series) => {
      const showsFastLeaks = SHOW_FAST_LEAKS.has(series);
      return new native.NativeTrend(showsFastLeaks ? { ...thresholds, fastLeakBytesPerHour } : thresholds);
    });
    this.#judged = bySeries((series) => JSON.parse(this.#trends[series].judgement()));
  }

  /**
   * What a major collection left.
   *
   * @param {import('./watcher.js').Sample} sample
   * @param {import('./memory_reader.js').MemoryLimits} limits
   */
  pushCollection(sample, limits) {
    const { timeMs, work, usedBytes, mallocedBytes, globalHandlesBytes, contexts } = sample;
    const contextBytes = contexts * BYTES_PER_CONTEXT;
    this.#push('js-heap', { timeMs, work, bytes: usedBytes }, limits.heap);
    this.#push('contexts', { timeMs, work, bytes: contextBytes }, limits.heap);
    this.#push('malloced', { timeMs, work, bytes: mallocedBytes }, room(limits, sample, mallocedBytes));
    this.#push('global-handles', { timeMs, work, bytes: globalHandlesBytes },
      room(limits, sample, globalHandlesBytes));
    for (const reading of this.#held.settle(ownedReading(sample))) {
      for (const series of /** @type {const} */ (['array-buffers', 'external'])) {
        const bytes = reading.bytes[series];
        this.#push(series, { ...reading, bytes }, room(limits, sample, bytes));
      }
    }
  }

  /**
   * What was read between collections.
   *
   * @param {import('./watcher.js').Sample} sample
   * @param {import('./memory_reader.js').MemoryLimits} limits
   */
  pushReading(sample, limits) {
    this.#held.hold(ownedReading(sample));
    const { timeMs, work, restBytes, otherHeapsBytes } = sample;
    if (restBytes === null) return;
    this.#gathered.push({ rest: restBytes, 'other-heaps': otherHeapsBytes });
    if (this.#gathered.length < READINGS_PER_SAMPLE) return;
    for (const series of /** @type {const} */ (['rest', 'other-heaps'])) {
      const bytes = Math.min(...this.#gathered.map((reading) => reading[series]));
      this.#push(series, { timeMs, work, bytes }, room(limits, sample, bytes));
    }
    this.#gathered = [];
  }

  /** Whether the heaps of other isolates grow. */
  get workersGrow() {
    return grows(this.#judged['other-heaps']);
  }

  /** @returns {Record<Pool, PoolJudgement>} */
  get judgements() {
    const all = POOLS.map((pool) => {
      const part = worst(SERIES_OF[pool], (series) => this.#judged[series]);
      return [pool, { ...this.#judged[part], part: pool === 'native' ? part : null }];
    });
    return Object.fromEntries(all);
  }

  /**
   * @param {Series} series
   * @param {{ timeMs: number, work: number | undefined, bytes: number }} reading
   * @param {number | undefined} limit
   */
  #push(series, { timeMs, work, bytes }, limit) {
    this.#judged[series] = JSON.parse(this.#trends[series].push(timeMs, bytes, limit, work));
  }
}

/**
 * The pool in the worst state.
 *
 * @param {Record<Pool, PoolJudgement>} judgements
 */
function worstPool(judgements) {
  return worst(POOLS, (pool) => judgements[pool]);
}

/** @param {import('./watcher.js').Sample} sample */
function ownedReading({ timeMs, work, arrayBuffersBytes, externalBytes }) {
  return { timeMs, work, bytes: { 'array-buffers': arrayBuffersBytes, external: externalBytes } };
}

/**
 * How large a pool outside of the heap can get: the limit of the process, less all else in it.
 *
 * @param {import('./memory_reader.js').MemoryLimits} limits
 * @param {{ rssBytes: number }} sample
 * @param {number} bytes of the pool
 */
function room({ memory }, { rssBytes }, bytes) {
  return memory === null ? undefined : Math.max(bytes, memory - Math.max(0, rssBytes - bytes));
}

/**
 * The one in the worst state: among those that grow the one that grows most, else the first.
 *
 * @template {string} Name
 * @param {Name[]} names
 * @param {(name: Name) => import('../index.js').Judgement} judgementOf
 */
function worst(names, judgementOf) {
  return names.reduce((worst, name) =>
    isWorse(judgementOf(name), judgementOf(worst)) ? name : worst,
  );
}

/**
 * @param {import('../index.js').Judgement} a
 * @param {import('../index.js').Judgement} b
 */
function isWorse(a, b) {
  if (a.state !== b.state) return STATES.indexOf(a.state) > STATES.indexOf(b.state);
  return grows(a) && a.growthBytes > b.growthBytes;
}

/** @param {import('../index.js').Judgement} judgement */
function grows({ state }) {
  return state === 'suspect' || state === 'confirmed';
}

/**
 * @template T
 * @param {(series: Series) => T} make
 * @returns {Record<Series, T>}
 */
function bySeries(make) {
  const all = SERIES.map((series) => [series, make(series)]);
  return Object.fromEntries(all);
}

module.exports = { BYTES_PER_CONTEXT, Growth, grows, isWorse, POOLS, worstPool };
