'use strict';

// Taken now: a test that uses fake timers later must not stop us.
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

const { HeapwatchError } = require('../errors.js');
const { growingSites } = require('./growing_sites.js');
const { HeapSampler } = require('./heap_sampler.js');
const { pprof } = require('./pprof.js');
const { siteReading } = require('./site_reading.js');

/**
 * Where the live objects of this isolate were allocated: readings of V8's sampling heap profiler,
 * from which follows what keeps growing.
 *
 * A reading makes V8 collect all garbage, so there are few: when a leak is suspected, when it is
 * looked into, when somebody asks, and by the clock.
 */

/** So young a process collects in no time, and a fast leak has something to be compared with. */
const FIRST_READING_MS = 30_000;
const READING_EVERY_MS = 5 * 60_000;
/** Readings that are kept: the latest ones, and ever fewer of older times. */
const MAX_READINGS = 16;

class AllocationSites {
  #sampler = new HeapSampler();
  /** The first is of the start, when there was nothing.
   * @type {import('./site_reading.js').SiteReading[]} */
  #readings = [{ timeMs: now(), lastOrdinal: 0, sites: new Map() }];
  /** Why there are no readings any more. @type {unknown} */
  #failure = null;
  #count = 0;
  #blockedMs = 0;
  #onError;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {(error: unknown) => void} onError told once if there is no profiler, or no more */
  constructor(onError) {
    this.#onError = onError;
    try {
      this.#sampler.start();
      this.#readAfter(FIRST_READING_MS);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @returns {import('../../index.js').AllocationSitesStatus} */
  status() {
    const { isRunning } = this.#sampler;
    return { isSampling: isRunning, readings: this.#count, blockedMs: this.#blockedMs };
  }

  /** Reads, if that is still possible. */
  read() {
    try {
      this.#profile();
    } catch {
      // Told by then.
    }
  }

  /** Reads in a turn of its own, for callers that must not wait for a collection. */
  readSoon() {
    setImmediate(() => this.read());
  }

  /**
   * Reads, and says which sites keep growing.
   *
   * @param {number | null} sinceMs when the growth began, milliseconds since the epoch; `null`: not
   *   known
   * @returns {import('../../index.js').AllocationSite[] | null} `null` if there is no profiler
   */
  growing(sinceMs) {
    this.read();
    return this.#sampler.isRunning ? growingSites(this.#readings, sinceMs) : null;
  }

  /**
   * Reads, and gives what was read.
   *
   * @param {'pprof' | 'heapprofile'} format
   * @returns {Promise<Buffer>}
   */
  async profile(format) {
    const profile = this.#profile();
    return format === 'pprof' ? pprof(profile, Date.now()) : Buffer.from(JSON.stringify(profile));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#sampler.stop();
    this.#failure = new HeapwatchError('ERR_HEAPWATCH_CANCELLED', 'the watcher was stopped');
  }

  #profile() {
    if (this.#failure !== null) throw this.#failure;
    const start = performance.now();
    const timeMs = now();
    try {
      const profile = this.#sampler.read();
      this.#readings.push(siteReading(profile, timeMs));
      if (this.#readings.length > MAX_READINGS) this.#readings = thinned(this.#readings);
      this.#count++;
      return profile;
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#blockedMs += performance.now() - start;
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    clearTimeout(this.#timer);
    this.#failure = error;
    this.#onError(error);
  }

  /** @param {number} delayMs */
  #readAfter(delayMs) {
    this.#timer = setTimeout(() => {
      this.read();
      if (this.#sampler.isRunning) this.#readAfter(READING_EVERY_MS);
    }, delayMs);
    this.#timer.unref();
  }
}

/** Since the epoch, on the clock of the samples of the heap. */
function now() {
  return performance.timeOrigin + performance.now();
}

/**
 * Every second one of the older half is dropped, the first excepted.
 *
 * @template T
 * @param {T[]} readings
 */
function thinned(readings) {
  return readings.filter((_, i) => i >= readings.length / 2 || i % 2 === 0);
}

module.exports = { AllocationSites };
