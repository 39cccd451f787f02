'use strict';

const { UsageTrend } = require('./usage_trend.js');

/**
 * What memwatch tells with `stats`: how many collections there were and what the last one left, under
 * the names of memwatch-next and of @airbnb/node-memwatch.
 *
 * Counted is what there was while somebody listened. Times are nanoseconds, as the airbnb fork has them.
 *
 * @typedef {import('../noted_collections.js').TakenCollection} TakenCollection
 * @typedef {import('../../index.js').MemwatchStats} MemwatchStats
 */

class CollectionCounts {
  #full = 0;
  #other = 0;
  #trend = new UsageTrend();
  #byKind = {
    gcScavengeCount: 0,
    gcScavengeTime: 0,
    gcMarkSweepCompactCount: 0,
    gcMarkSweepCompactTime: 0,
    gcIncrementalMarkingCount: 0,
    gcIncrementalMarkingTime: 0,
    gcProcessWeakCallbacksCount: 0,
    gcProcessWeakCallbacksTime: 0,
  };

  /**
   * Counts a major collection and those before it, and gives what is to be told of it.
   *
   * @param {TakenCollection} collection
   * @returns {MemwatchStats}
   */
  add({ costNs, heap, kinds }) {
    for (const [kind, tally] of Object.entries(kinds)) this.#count(kind, tally);
    return {
      num_full_gc: this.#full,
      num_inc_gc: this.#other,
      heap_compactions: this.#full,
      ...this.#trend.add(heap.usedHeapSize),
      gc_ts: Date.now() * 1e3,
      ...this.#byKind,
      total_heap_size: heap.totalHeapSize,
      total_heap_size_executable: heap.totalHeapSizeExecutable,
      total_physical_size: heap.totalPhysicalSize,
      total_available_size: heap.totalAvailableSize,
      used_heap_size: heap.usedHeapSize,
      heap_size_limit: heap.heapSizeLimit,
      malloced_memory: heap.mallocedMemory,
      peak_malloced_memory: heap.peakMallocedMemory,
      gc_time: costNs,
    };
  }

  /**
   * @param {string} kind
   * @param {import('../noted_collections.js').Tally} tally
   */
  #count(kind, { count, timeNs }) {
    if (kind === 'MarkSweepCompact') this.#full += count;
    else this.#other += count;
    const byKind = /** @type {Record<string, number>} */ (this.#byKind);
    // V8 has kinds that the airbnb fork doesn't know.
    if (!Object.hasOwn(byKind, `gc${kind}Count`)) return;
    byKind[`gc${kind}Count`] += count;
    byKind[`gc${kind}Time`] += timeNs;
  }
}

module.exports = { CollectionCounts };
