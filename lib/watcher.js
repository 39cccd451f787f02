'use strict';

const { EventEmitter } = require('node:events');

const { Alarms } = require('./alarms.js');
const { AllocationSites } = require('./allocation_sites/allocation_sites.js');
const { BlackBox } = require('./black_box.js');
const { Census } = require('./census.js');
const { attributed } = require('./contexts.js');
const { Diagnoses } = require('./diagnoses.js');
const { expectedObjects } = require('./expected_objects.js');
const { GcSampler } = require('./gc_sampler.js');
const { Growth, worstPool } = require('./growth.js');
const { History } = require('./history.js');
const { leakInfo } = require('./leak_info.js');
const { MemoryReader } = require('./memory_reader.js');
const { checkOptions, optionError } = require('./options.js');
const { processLabel } = require('./process_label.js');
const { verdictOf } = require('./verdict.js');
const { DIAGNOSE_OPTIONS, PROFILE_OPTIONS } = require('./watch_options.js');

/**
 * Watches the memory of this isolate: the parts are put together here.
 *
 * @typedef {import('../index.js').Pool} Pool
 * @typedef {import('../index.js').PoolJudgement} PoolJudgement
 * @typedef {import('../index.js').LeakInfo} LeakInfo
 * @typedef {import('../index.js').LeakReport} LeakReport
 * @typedef {import('./memory_reader.js').MemoryReading
 *   & { timeMs: number, work: number | undefined }} Sample
 */

/** In the black box and for telling causes apart: hours at one a minute, and the first minutes. */
const MOST_SAMPLES = 64;
const MOST_LEAKS = 4;

class Watcher extends EventEmitter {
  #options;
  #growth;
  #sampler;
  #reader;
  #diagnoses;
  #alarms;
  #blackBox;
  /** @type {InstanceType<typeof Census> | null} */
  #census = null;
  /** @type {InstanceType<typeof AllocationSites> | null} */
  #sites = null;
  /** Samples after major collections. @type {InstanceType<typeof History<Sample>>} */
  #history = new History(MOST_SAMPLES);
  /** Leaks that were told, the latest last, without their reports. @type {object[]} */
  #leaks = [];
  /** @type {LeakReport | null} */
  #report = null;
  /** The growth of the heap is put down to contexts. */
  #isContexts = false;
  /** @type {Record<Pool, PoolJudgement>} */
  #judgements;
  /** @type {import('../index.js').LastRun | null} */
  #lastRun = null;
  #stopped = false;
  #ownMs = 0;
  /** @type {NodeJS.Timeout} */
  #timer;
  /** @type {(() => void) | null} */
  #onStop;

  /**
   * @param {any} options checked
   * @param {() => void} onStop
   * @param {Error[]} [errors] to be told as soon as somebody can listen
   */
  constructor(options, onStop, errors = []) {
    super();
    this.#options = options;
    this.#onStop = onStop;
    this.#blackBox = options.blackBox === undefined ? null : new BlackBox(options.blackBox);
    this.#reader = new MemoryReader({
      memoryLimitBytes: options.memoryLimitBytes,
      blackBoxPath: this.#blackBox?.path ?? undefined,
    });
    this.#growth = new Growth(options);
    this.#judgements = this.#growth.judgements;
    this.#diagnoses = new Diagnoses(options);
    this.#alarms = this.#newAlarms();
    this.#sampler = new GcSampler((collection) => this.#onCollection(collection));
    this.#sampler.start();
    this.#timer = setInterval(() => this.#onTimer(), options.readingEveryMs);
    this.#timer.unref();
    if (options.census !== undefined) {
      this.#census = new Census({
        every: options.census,
        maxMemoryBytes: options.maxMemoryBytes,
        onError: (error) => this.#fail(error),
      });
    }
    if (options.allocationSites) {
      this.#sites = new AllocationSites((error) => this.#fail(error));
    }
    this.#startBlackBox();
    for (const error of [...errors, ...(this.#blackBox?.errors ?? [])]) this.#fail(error);
  }

  /** @returns {import('../index.js').WatcherStatus} */
  status() {
    const pool = worstPool(this.#judgements);
    const { heap, memory, cgroup, v8Heap } = this.#reader.limits();
    return {
      running: !this.#stopped,
      state: this.#judgements[pool].state,
      pool,
      verdict: this.#verdict(),
      pools: { ...this.#judgements },
      diagnosing: this.#diagnoses.isRunning,
      limitBytes: heap,
      limits: { heapBytes: v8Heap, memoryBytes: memory, cgroupBytes: cgroup },
      label: processLabel(),
      lastRun: this.#lastRun,
      ownTimeMs: this.#ownMs,
      census: this.#census?.history ?? null,
      expected: expectedObjects.status(),
      allocationSites: this.#sites?.status() ?? null,
    };
  }

  /**
   * @param {import('../index.js').WatcherDiagnoseOptions} [options]
   * @returns {Promise<LeakReport>}
   */
  async diagnose(options) {
    const checked = checkOptions('watcher.diagnose', options, DIAGNOSE_OPTIONS);
    const captures = checked.captures ?? this.#options.captures;
    this.#sites?.readSoon();
    const { report } = await this.#diagnoses.run({ ...checked, captures });
    const pool = worstPool(this.#judgements);
    const judgement = this.#judgements[pool];
    return this.#withGrowth(report, pool, judgement, this.#growingSites(judgement));
  }

  /**
   * @param {import('../index.js').AllocationProfileOptions} [options]
   * @returns {Promise<Buffer>}
   */
  async allocationProfile(options) {
    const { format } = checkOptions('watcher.allocationProfile', options, PROFILE_OPTIONS);
    if (this.#sites === null) {
      throw optionError(
        'watcher.allocationProfile',
        'allocationSites',
        this.#options.allocationSites,
        'true, when the watcher is started',
      );
    }
    return this.#sites.profile(format);
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#sampler.stop();
    this.#census?.stop();
    this.#sites?.stop();
    this.#diagnoses.stop();
    this.#blackBox?.finish();
    this.#reader.stop();
    this.#onStop?.();
    this.#onStop = null;
  }

  /** @param {import('./gc_sampler.js').Collection} collection */
  #onCollection({ memwatch, ...collection }) {
    const start = performance.now();
    // What the collection left is exact; the rest is read a moment later.
    const sample = { ...this.#reader.read(), ...collection, work: this.#work() };
    this.#history.push(sample);
    this.#growth.pushCollection(sample, this.#reader.limits());
    this.#diagnoses.onBytes(sample.usedBytes + sample.externalBytes + sample.arrayBuffersBytes);
    this.#follow();
    if (this.listenerCount('stats') > 0) {
      this.#tell('stats', { ...memwatch, ...this.#stats(sample) });
    }
    this.#record();
    this.#ownMs += performance.now() - start;
  }

  #onTimer() {
    const start = performance.now();
    const timeMs = performance.timeOrigin + start;
    const sample = { ...this.#reader.read(), timeMs, work: this.#work() };
    this.#growth.pushReading(sample, this.#reader.limits());
    this.#follow();
    const error = this.#blackBox?.takeError() ?? null;
    if (error !== null) this.#fail(error);
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

  /** Puts growth down to its cause, and tells what changed. */
  #follow() {
    const found = attributed(this.#growth.judgements, this.#history.samples, this.#isContexts);
    for (const pool of found.explained) this.#alarms.disown(pool);
    this.#isContexts = found.isContexts;
    this.#judgements = found.judgements;
    this.#alarms.follow(this.#judgements, this.#diagnoses.isRunning);
  }

  #newAlarms() {
    return new Alarms({
      cooldownMs: this.#options.cooldownMs,
      onSuspect: (pool, judgement) => {
        this.#tell('suspect', leakInfo(pool, judgement));
        this.#sites?.readSoon();
        if (pool !== 'native') this.#diagnoses.captureOnSuspicion();
      },
      onConfirmed: (pool, judgement) => this.#lookInto(pool, judgement),
      onRecovered: (pool, judgement) => {
        if (!this.#alarms.isAlarmed) this.#diagnoses.forgetSuspicion();
        this.#tell('recovered', leakInfo(pool, judgement));
      },
    });
  }

  /**
   * Compares captures and tells the leak, with the growth that was seen before them: they stop the
   * process, and with it the leak. What has ended or does not accumulate by then is taken back: other
   * pools may have grown meanwhile. Native memory is in no capture.
   *
   * @param {Pool} pool
   * @param {PoolJudgement} judgement
   */
  async #lookInto(pool, judgement) {
    if (pool === 'native') return this.#tellLeak(leakInfo(pool, judgement));
    /** @type {LeakReport | null} */
    let report = null;
    /** @type {Error | null} */
    let refused = null;
    this.#sites?.readSoon();
    try {
      const done = await this.#diagnoses.confirm();
      const isOver = this.#judgements[pool].state === 'healthy';
      if (isOver || (!done.grew && done.report.suspects.length === 0)) {
        this.#alarms.takeBack(pool, this.#judgements[pool]);
        return;
      }
      report = done.report;
    } catch (error) {
      if (this.#stopped) return;
      refused = /** @type {Error} */ (error);
      // That none is taken was asked for.
      if (this.#options.method !== 'none') this.#fail(error);
    }
    const allocationSites = this.#growingSites(judgement);
    if (report !== null) report = this.#withGrowth(report, pool, judgement, allocationSites);
    this.#tellLeak(leakInfo(pool, judgement, { report, refused, allocationSites }));
  }

  /** @param {LeakInfo} info */
  #tellLeak(info) {
    const { report, ...rest } = info;
    if (report !== null) this.#report = report;
    if (this.#alarms.isNews(info)) {
      this.#leaks = [...this.#leaks, rest].slice(-MOST_LEAKS);
      this.#tell('leak', info);
    }
    if (report !== null) this.#tell('report', report);
    this.#record();
  }

  /**
   * @param {LeakReport} report
   * @param {Pool} pool
   * @param {PoolJudgement} judgement
   * @param {import('../index.js').AllocationSite[] | null} allocationSites
   * @returns {LeakReport}
   */
  #withGrowth(report, pool, judgement, allocationSites) {
    const verdict = this.#verdict(pool, judgement);
    return { ...report, growth: { pool, ...judgement }, verdict, allocationSites };
  }

  /** @param {PoolJudgement} judgement */
  #growingSites({ state, startMs }) {
    const isGrowing = state === 'suspect' || state === 'confirmed';
    return this.#sites?.growing(isGrowing ? startMs : null) ?? null;
  }

  /**
   * @param {Pool} [pool]
   * @param {PoolJudgement} [judgement]
   */
  #verdict(pool = worstPool(this.#judgements), judgement = this.#judgements[pool]) {
    const limits = this.#reader.limits();
    return verdictOf({ pool, judgement, limits, workersGrow: this.#growth.workersGrow });
  }

  /**
   * @param {Sample} sample
   * @returns {Omit<import('../index.js').Stats, keyof import('../index.js').MemwatchStats>}
   */
  #stats(sample) {
    return {
      time: new Date(sample.timeMs),
      heapUsedBytes: sample.usedBytes,
      arrayBuffersBytes: sample.arrayBuffersBytes,
      externalBytes: sample.externalBytes,
      mallocedBytes: sample.mallocedBytes,
      globalHandlesBytes: sample.globalHandlesBytes,
      rssBytes: sample.rssBytes,
      lowestRssBytes: sample.lowestRssBytes,
      highestRssBytes: sample.highestRssBytes,
      contexts: sample.contexts,
      detachedContexts: sample.detachedContexts,
      limitBytes: this.#reader.limits().heap,
      state: this.#judgements[worstPool(this.#judgements)].state,
      verdict: this.#verdict(),
      pools: { ...this.#judgements },
      label: processLabel(),
    };
  }

  #startBlackBox() {
    if (this.#blackBox === null) return;
    this.#lastRun = this.#blackBox.lastRun;
    this.#blackBox.start(this.#reader.native);
    this.#record();
    if (this.#lastRun === null) return;
    // Told to whoever listens first: at the start of a process listeners may come late.
    /** @param {string | symbol} event */
    const onListener = (event) => {
      if (event !== 'lastRun') return;
      this.off('newListener', onListener);
      this.#tell('lastRun', this.#lastRun);
    };
    this.on('newListener', onListener);
  }

  #record() {
    if (this.#blackBox === null) return;
    // Neither what the run before left nor a census belongs to what is kept small.
    const status = { ...this.status(), lastRun: null, census: null };
    this.#blackBox.record({
      status,
      samples: this.#history.samples,
      leaks: this.#leaks,
      report: this.#report,
    });
  }

  /** Errors of ours never end the host: without a listener they are kept to ourselves. */
  #fail(/** @type {unknown} */ error) {
    process.nextTick(() => {
      if (!this.#stopped && this.listenerCount('error') > 0) this.emit('error', error);
    });
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

module.exports = { Watcher };
