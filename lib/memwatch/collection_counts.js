'use strict';

const { UsageTrend } = require('./usage_trend.js');

/**
 * What memwatch tells with `stats`: how many collections there were and what the last one left, under
 * the names of memwatch-next and of @airbnb/node-memwatch.
 *
 * Counted is what V8's GC profiler saw while somebody listened. The profiler gives costs in
 * microseconds; the airbnb fork tells nanoseconds.
 *
 * @typedef {{ gcType: string, cost: number, afterGC: { heapStatistics: any } }} ProfiledCollection
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
   * Counts a collection, and gives what is to be told of it if it was a major one.
   *
   * @param {ProfiledCollection} collection
   * @returns {MemwatchStats | null}
   */
  add({ gcType, cost, afterGC }) {
    const byKind = /** @type {Record<string, number>} */ (this.#byKind);
    // V8 has kinds that the airbnb fork doesn't know.
    if (Object.hasOwn(byKind, `gc${gcType}Count`)) {
      byKind[`gc${gcType}Count`]++;
      byKind[`gc${gcType}Time`] += cost * 1e3;
    }
    if (gcType !== 'MarkSweepCompact') {
      this.#other++;
      return null;
    }
    this.#full++;
    const heap = afterGC.heapStatistics;
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
      gc_time: cost * 1e3,
    };
  }
}

module.exports = { CollectionCounts };
