'use strict';

const { EventEmitter } = require('node:events');

const { CaptureSeries, firstCapture } = require('./capture_series.js');
const { Census, interval } = require('./census.js');
const { HeapwatchError } = require('./errors.js');
const { GcSampler } = require('./gc_sampler.js');
const { Growth, POOLS } = require('./growth.js');
const native = require('./native.js');
const { boolean, callback, checkOptions, integer, number, oneOf, signal } =
  require('./options.js');
const { leakReason } = require('./report/leak_reason.js');

/** @typedef {import('./growth.js').Pool} Pool */
/** @typedef {import('../index.js').LeakInfo} LeakInfo */
/** @typedef {import('../index.js').LeakReport} LeakReport */

const MINUTE_MS = 60_000;
const MB = 2 ** 20;

/** What a watcher can be told, with defaults. index.d.ts says what each means and why. */
const WATCH_OPTIONS = {
  method: { check: oneOf('auto', 'v8', 'walk', 'none'), default: 'auto' },
  captures: { check: integer(2, 4), default: 3 },
  maxPauseMs: { check: number(0, Infinity), default: 1000 },
  maxMemoryBytes: { check: number(0, Infinity), default: 512 * MB },
  maxSpacingMs: { check: number(1, 2 ** 31 - 1), default: 10 * MINUTE_MS },
  cooldownMs: { check: number(0, Infinity), default: 30 * MINUTE_MS },
  census: { check: interval },
  work: { check: callback },
  sources: { check: boolean, default: true },
  minGrowthBytes: { check: number(0, Infinity) },
  maxSuspects: { check: integer(1, 100) },
  minGrowthBytesPerHour: { check: number(0, Infinity) },
  fastGrowthFraction: { check: number(0, 1) },
  fastRunwayMs: { check: number(0, Infinity) },
  fastLevelFraction: { check: number(0, 1) },
  fastMinSpanMs: { check: number(0, Infinity) },
};

const DIAGNOSE_OPTIONS = {
  captures: { check: integer(2, 4) },
  maxSpacingMs: { check: number(1, 2 ** 31 - 1), default: MINUTE_MS / 2 },
  signal: { check: signal },
};

/** Watches the memory of this isolate. */
class Watcher extends EventEmitter {
  #options;
  #growth;
  #sampler;
  /** @type {Set<InstanceType<typeof CaptureSeries>>} */
  #running = new Set();
  /** @type {import('./gc_sampler.js').HeapSample | null} */
  #last = null;
  /** @type {Record<Pool, string>} */
  #told = { 'js-heap': 'learning', external: 'learning' };
  /** Pools of which a suspicion or leak was told and not taken back. @type {Set<Pool>} */
  #alarmed = new Set();
  #quietUntilMs = 0;
  /** Fingerprints of leaks that were told. @type {Set<string>} */
  #known = new Set();
  /** Taken on a suspicion, for the comparison if it is confirmed.
   * @type {import('./capture_series.js').FirstCapture | null} */
  #first = null;
  #firstCapture = new AbortController();
  /** @type {InstanceType<typeof Census> | null} */
  #census = null;
  #stopped = false;
  #ownMs = 0;
  /** @type {(() => void) | null} */
  #onStop;

  /**
   * @param {any} options checked
   * @param {() => void} onStop
   */
  constructor(options, onStop) {
    super();
    this.#options = options;
    this.#onStop = onStop;
    this.#growth = new Growth(options);
    this.#sampler = new GcSampler((sample) => this.#onSample(sample));
    this.#sampler.start();
    if (options.census !== undefined) {
      this.#census = new Census({
        every: options.census,
        maxMemoryBytes: options.maxMemoryBytes,
        onError: (error) => this.#fail(error),
      });
    }
  }

  /** @returns {import('../index.js').WatcherStatus} */
  status() {
    const pool = this.#growth.worst();
    return {
      running: !this.#stopped,
      state: this.#growth.judgements[pool].state,
      pool,
      pools: { ...this.#growth.judgements },
      diagnosing: this.#running.size > 0,
      limitBytes: limits(this.#last).heap,
      ownTimeMs: this.#ownMs,
      census: this.#census?.history ?? null,
    };
  }

  /**
   * @param {import('../index.js').WatcherDiagnoseOptions} [options]
   * @returns {Promise<LeakReport>}
   */
  async diagnose(options) {
    const checked = checkOptions('watcher.diagnose', options, DIAGNOSE_OPTIONS);
    const captures = checked.captures ?? this.#options.captures;
    const { report } = await this.#series({ ...checked, captures });
    const pool = this.#growth.worst();
    return withGrowth(report, pool, this.#growth.judgements[pool]);
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#sampler.stop();
    this.#census?.stop();
    this.#firstCapture.abort();
    for (const series of this.#running) series.stop();
    this.#onStop?.();
    this.#onStop = null;
  }

  /** @param {import('./gc_sampler.js').HeapSample} sample */
  #onSample(sample) {
    const start = performance.now();
    this.#last = sample;
    const limit = limits(sample);
    this.#growth.push(sample, limit, this.#work());
    const held = sample.usedBytes + sample.externalBytes;
    for (const series of this.#running) series.onBytes(held);
    for (const pool of POOLS) this.#follow(pool);
    if (this.listenerCount('stats') > 0) this.#tell('stats', this.#stats(sample, limit.heap));
    this.#ownMs += performance.now() - start;
  }

  /** A counter that throws or gives no number is a counter that isn't there. */
  #work() {
    try {
      const work = this.#options.work?.();
      return Number.isFinite(work) ? work : undefined;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  /**
   * @param {import('./gc_sampler.js').HeapSample} sample
   * @param {number} limitBytes
   * @returns {import('../index.js').Stats}
   */
  #stats(sample, limitBytes) {
    return {
      time: new Date(sample.timeMs),
      heapUsedBytes: sample.usedBytes,
      externalBytes: sample.externalBytes,
      mallocedBytes: sample.mallocedBytes,
      limitBytes,
      verdict: this.#growth.judgements[this.#growth.worst()].state,
      pools: { ...this.#growth.judgements },
    };
  }

  /**
   * Tells what changed for a pool, and looks into a confirmed leak.
   *
   * @param {Pool} pool
   */
  #follow(pool) {
    const { state } = this.#growth.judgements[pool];
    const before = this.#told[pool];
    if (state === 'confirmed') {
      if (performance.now() >= this.#quietUntilMs && this.#running.size === 0) this.#lookInto(pool);
    } else if (state === 'suspect' && before !== 'suspect' && before !== 'confirmed') {
      this.#alarmed.add(pool);
      this.#tell('suspect', this.#leakInfo(pool, this.#growth.judgements[pool]));
      this.#captureOnSuspicion();
    } else if (state === 'healthy') {
      this.#takeBack(pool);
    }
    this.#told[pool] = state;
  }

  /** A walk is cheap enough for that; it makes the time that the captures span longer. */
  async #captureOnSuspicion() {
    const { method, maxMemoryBytes } = this.#options;
    const isWalk = method === 'walk' || (method === 'auto' && native.walkUnsupported() === null);
    if (!isWalk || this.#running.size > 0) return;
    try {
      const { signal } = this.#firstCapture;
      this.#first = await firstCapture({ maxMemoryBytes, signal });
    } catch {
      // The captures on confirmation are tried in any case, and tell why they fail.
      this.#first = null;
    }
  }

  /**
   * Compares captures and tells the leak, with the growth that was seen before them: they stop the
   * process, and with it the leak.
   *
   * @param {Pool} pool
   */
  async #lookInto(pool) {
    this.#quietUntilMs = performance.now() + this.#options.cooldownMs;
    const judgement = this.#growth.judgements[pool];
    const { captures, maxSpacingMs } = this.#options;
    /** @type {LeakReport | null} */
    let report = null;
    /** @type {Error | null} */
    let refused = null;
    try {
      const done = await this.#series({ captures, maxSpacingMs, first: this.#first });
      if (!done.grew && done.report.suspects.length === 0) {
        this.#takeBack(pool);
        return;
      }
      report = withGrowth(done.report, pool, judgement);
    } catch (error) {
      if (this.#stopped) return;
      refused = /** @type {Error} */ (error);
      this.#fail(error);
    }
    this.#tellLeak(this.#leakInfo(pool, judgement, report, refused));
  }

  /** Nothing grows any more: told once for each alarm. @param {Pool} pool */
  #takeBack(pool) {
    if (!this.#alarmed.delete(pool)) return;
    if (this.#alarmed.size === 0) this.#first = null;
    this.#tell('recovered', this.#leakInfo(pool, this.#growth.judgements[pool]));
  }

  /** @param {LeakInfo} info */
  #tellLeak(info) {
    const { pool, report } = info;
    const prints = report?.suspects.map((suspect) => suspect.fingerprint) ?? [];
    if (prints.length === 0) prints.push(info.fingerprint);
    const isNews = prints.some((print) => !this.#known.has(print));
    for (const print of prints) this.#known.add(print);
    this.#alarmed.add(pool);
    if (isNews) this.#tell('leak', info);
    if (report !== null) this.#tell('report', report);
  }

  /**
   * @param {{ captures: number, maxSpacingMs: number, signal?: AbortSignal,
   *   first?: import('./capture_series.js').FirstCapture | null }} options
   */
  async #series(options) {
    const { method, maxPauseMs, maxMemoryBytes, minGrowthBytes, maxSuspects, sources } =
      this.#options;
    if (method === 'none') {
      throw new HeapwatchError(
        'ERR_HEAPWATCH_LIMIT',
        "no capture was taken: the watcher's method is 'none'",
        { limit: 'method' },
      );
    }
    const series = new CaptureSeries({
      method,
      maxPauseMs,
      maxMemoryBytes,
      minGrowthBytes,
      maxSuspects,
      sources,
      ...options,
    });
    if (this.#last !== null) series.onBytes(this.#last.usedBytes + this.#last.externalBytes);
    this.#running.add(series);
    try {
      // In a turn of its own: the first capture blocks the loop as soon as the series runs, and a
      // sample is being handled right now.
      await new Promise((resolve) => setImmediate(resolve));
      return await series.run();
    } finally {
      this.#running.delete(series);
    }
  }

  /**
   * @param {Pool} pool
   * @param {import('../index.js').Judgement} judgement
   * @param {LeakReport | null} [report]
   * @param {Error | null} [refused] why there is no report
   * @returns {LeakInfo}
   */
  #leakInfo(pool, judgement, report = null, refused = null) {
    const limit = limits(this.#last);
    return {
      pool,
      growth: judgement.growthBytes,
      reason: leakReason(pool, judgement, report, refused),
      start: new Date(judgement.startMs),
      end: new Date(judgement.endMs),
      bytesPerHour: judgement.bytesPerHour,
      confidence: judgement.confidence,
      current: judgement.currentBytes,
      limit: pool === 'js-heap' ? limit.heap : limit.memory,
      timeToLimit: judgement.timeToLimitSeconds,
      report,
      fingerprint: report?.suspects[0]?.fingerprint ?? `pool:${pool}`,
    };
  }

  /** Errors of ours never end the host: without a listener they are kept to ourselves. */
  #fail(/** @type {unknown} */ error) {
    if (this.listenerCount('error') > 0) this.#tell('error', error);
  }

  /**
   * Emits in a turn of its own: what a listener throws surfaces as an uncaught exception, as with
   * any emitter, and can't leave the watcher half done.
   *
   * @param {string} event
   * @param {unknown} payload
   */
  #tell(event, payload) {
    process.nextTick(() => {
      if (!this.#stopped) this.emit(event, payload);
    });
  }
}

/**
 * @param {LeakReport} report
 * @param {Pool} pool
 * @param {import('../index.js').Judgement} judgement
 * @returns {LeakReport}
 */
function withGrowth(report, pool, judgement) {
  return { ...report, growth: { pool, ...judgement }, verdict: pool };
}

/**
 * The smallest limits that apply, bytes.
 *
 * @param {import('./gc_sampler.js').HeapSample | null} sample
 * @returns {{ heap: number, memory: number | null }}
 */
function limits(sample) {
  const { cgroupLimit, totalRam } = JSON.parse(native.memoryLimits());
  const memory = cgroupLimit ?? totalRam;
  const heap = sample?.limitBytes ?? require('node:v8').getHeapStatistics().heap_size_limit;
  return { heap: memory === null ? heap : Math.min(heap, memory), memory };
}

module.exports = { Watcher, WATCH_OPTIONS };
