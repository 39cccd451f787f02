'use strict';

const native = require('./native.js');

/**
 * The growth of each pool of memory, judged after every major collection.
 *
 * @typedef {'js-heap' | 'external'} Pool
 * @typedef {import('../index.js').Judgement} Judgement
 */

/** @type {Pool[]} */
const POOLS = ['js-heap', 'external'];

class Growth {
  /** @type {Record<Pool, import('./native.js').NativeTrend>} */
  #trends;
  /** @type {Record<Pool, Judgement>} */
  judgements;

  /** @param {any} options of the watcher, checked */
  constructor(options) {
    const thresholds = {
      minGrowthBytesPerHour: options.minGrowthBytesPerHour,
      fastGrowthFraction: options.fastGrowthFraction,
      fastRunwayMs: options.fastRunwayMs,
      fastLevelFraction: options.fastLevelFraction,
      fastMinSpanMs: options.fastMinSpanMs,
    };
    this.#trends = byPool(() => new native.NativeTrend(thresholds));
    this.judgements = byPool((pool) => JSON.parse(this.#trends[pool].judgement()));
  }

  /**
   * @param {import('./gc_sampler.js').HeapSample} sample
   * @param {{ heap: number, memory: number | null }} limits bytes
   * @param {number | undefined} work
   */
  push(sample, limits, work) {
    const limitOf = { 'js-heap': limits.heap, external: limits.memory ?? undefined };
    const bytesOf = { 'js-heap': sample.usedBytes, external: sample.externalBytes };
    for (const pool of POOLS) {
      const judged = this.#trends[pool].push(sample.timeMs, bytesOf[pool], limitOf[pool], work);
      this.judgements[pool] = JSON.parse(judged);
    }
  }

  /** The pool in the worst state, the JavaScript heap first among equals. */
  worst() {
    return POOLS.reduce((worst, pool) =>
      severity(this.judgements[pool]) > severity(this.judgements[worst]) ? pool : worst,
    );
  }
}

/** @param {Judgement} judgement */
function severity({ state }) {
  return ['learning', 'healthy', 'suspect', 'confirmed'].indexOf(state);
}

/**
 * @template T
 * @param {(pool: Pool) => T} make
 * @returns {Record<Pool, T>}
 */
function byPool(make) {
  return { 'js-heap': make('js-heap'), external: make('external') };
}

module.exports = { Growth, POOLS };
