'use strict';

const { captureAwaited } = require('../capture.js');
const { diagnoseChecked } = require('../diagnose.js');
const { HeapwatchError } = require('../errors.js');
const { Deadline } = require('./clock.js');
const { compiledScripts } = require('./compiled_scripts.js');
const { DoseCensus, isCaptureFailure } = require('./dose_census.js');
const { dosesOf, fewestDoses, randomOf, shuffled, sum } = require('./doses.js');
const { checkLeakTest } = require('./leak_test_options.js');
const { leaksOf, relevant } = require('./leaks.js');
const { Workload } = require('./workload.js');

/**
 * Finds out whether a workload leaks: the randomised-dose method (crates/leak, `dose`).
 *
 * 1. Warm up. 2. Rounds of different lengths in random order, the heap counted after each. What grew by
 * the length of each round is suspected; once nothing can be any more, the test is over: a workload
 * without a leak needs two or three rounds. 3. If there is something: many more iterations, in two
 * parts, with captures before, between and after them; caches fill then. 4. The rounds again in a new
 * order: only what is suspected again, and grew in between, leaks. 5. The captures tell what holds it.
 *
 * @typedef {import('../../test.js').LeakTestResult} LeakTestResult
 * @typedef {import('../../test.js').GrowingCount} GrowingCount
 */

/** Iterations between the captures together: enough to fill what programs use as small caches. */
const SOAK_ITERATIONS = 1000;
/** They must not take more than this part of the time that is left. */
const SOAK_TIME = 0.3;
/** What a workload may leave in a pass, and between the captures: hundreds of thousands of small objects,
 * which make each census half a second longer. A vm context is 150 KB, and 2,000 objects. */
const KEPT_BYTES = 16 * 2 ** 20;
/** After so many rounds it is looked at whether there is something to suspect: what grows in one round
 * grew by the length of it. */
const FIRST_LOOK = 2;
/** Part of the time that the iterations of both passes may take; the rest is for censuses. */
const PASSES_TIME = 0.3;
/** Diagnosis leaves out what gained fewer bytes: less than a closure for each iteration. */
const MIN_GROWTH_BYTES_PER_ITERATION = 16;

class LeakTest {
  #options;
  #workload;
  #deadline;
  #random;
  #census = new DoseCensus();
  /** @type {number[]} */
  #doses = [];
  /** Passes with their rounds so far. @type {number[][]} */
  #passes = [];
  /** What the first pass suspects. @type {GrowingCount[]} */
  #suspected = [];
  /** What an iteration left in the last rounds, hidden parts and buffers included. */
  #keptBytes = 0;
  #growing = 0;
  /** Iterations between the passes. */
  #between = 0;

  /**
   * @param {Function} fn
   * @param {any} options checked
   */
  constructor(fn, options) {
    this.#options = options;
    this.#workload = new Workload(fn, options);
    this.#random = randomOf(options.seed);
    this.#deadline = new Deadline(options.timeout, () => this.#timeoutError());
  }

  /** @returns {Promise<LeakTestResult>} */
  async run() {
    try {
      return this.#result(await this.#leaks());
    } finally {
      this.#workload.isStopped = true;
      this.#deadline.clear();
      await this.#census.settle().catch(() => {});
    }
  }

  async #leaks() {
    await this.#run(this.#options.warmup);
    this.#doses = this.#chooseDoses();
    const suspected = relevant(await this.#pass(), this.#options);
    if (suspected.length === 0) return [];
    this.#suspected = suspected;
    const { graphs, iterations } = await this.#soak();
    try {
      const counts = relevant(await this.#pass(), this.#options);
      return counts.length === 0 ? [] : await this.#blame(counts, graphs, iterations);
    } finally {
      for (const graph of graphs) graph.close();
    }
  }

  #chooseDoses() {
    const { rounds, iterations, timeout } = this.#options;
    const each = this.#workload.ms / this.#workload.iterations;
    // Without a warm-up nothing is known of the time.
    const affordable = each > 0 ? (timeout * PASSES_TIME) / 2 / each : Infinity;
    return dosesOf(rounds, iterations, affordable);
  }

  /**
   * The rounds in a random order. If walks fail, all over again with V8's snapshots: both count
   * differently.
   */
  async #pass() {
    try {
      return await this.#rounds();
    } catch (error) {
      if (!this.#census.isWalking || !isCaptureFailure(error)) throw error;
      this.#census.stopWalking();
      this.#between = 0;
      await this.#restart();
      return this.#rounds();
    }
  }

  /** @returns {Promise<GrowingCount[]>} what followed the doses */
  async #rounds() {
    const doses = shuffled(this.#doses, this.#random);
    /** @type {number[]} */
    const done = [];
    this.#passes.push(done);
    const bytesBefore = await this.#deadline.race(this.#census.take());
    for (const dose of doses) {
      await this.#run(dose);
      const bytes = await this.#deadline.race(this.#census.take());
      done.push(dose);
      this.#keptBytes = Math.max(0, bytes - bytesBefore) / sum(done);
      if (this.#areTooMany()) return this.#fewerIterations();
      if (done.length >= FIRST_LOOK && done.length < doses.length && !(await this.#isOpen(done))) return [];
    }
    const verdict = await this.#census.judge(doses, this.#options.perIteration, this.#between);
    this.#noteGrowing(verdict.growing);
    return verdict.flagged;
  }

  /** Whether so many iterations leave too much. */
  #areTooMany() {
    const { rounds, iterations } = this.#options;
    const canBeFewer = iterations === undefined && sum(this.#doses) > sum(fewestDoses(rounds));
    return canBeFewer && this.#keptBytes * sum(this.#doses) > KEPT_BYTES;
  }

  /** The rounds all over again, with as few iterations as possible. */
  async #fewerIterations() {
    this.#doses = fewestDoses(this.#options.rounds);
    await this.#restart();
    return this.#rounds();
  }

  async #restart() {
    await this.#census.restart();
    this.#passes.pop();
  }

  /**
   * Whether something may still be flagged after some rounds.
   *
   * @param {number[]} done
   */
  async #isOpen(done) {
    const { growing, open } = await this.#deadline.race(this.#census.progress(done));
    if (relevant(open, this.#options).length > 0) return true;
    this.#noteGrowing(growing);
    await this.#census.restart();
    return false;
  }

  /** @param {number} growing counts that grew in every round */
  #noteGrowing(growing) {
    if (this.#passes.length === 1) this.#growing = growing;
  }

  /** More iterations with captures around them. */
  async #soak() {
    const part = Math.ceil(this.#soakIterations() / 2);
    const options = this.#census.isWalking ? {} : { method: /** @type {const} */ ('v8') };
    const graphs = [];
    for (let i = 0; i < 3; i++) {
      if (i > 0) await this.#run(part);
      await this.#deadline.race(this.#census.quiet());
      graphs.push(await this.#deadline.race(captureAwaited(options)));
    }
    this.#between = 2 * part;
    return { graphs, iterations: 2 * part };
  }

  #soakIterations() {
    const { ms, iterations } = this.#workload;
    const affordable = (this.#deadline.leftMs * SOAK_TIME) / (ms / iterations);
    const wanted = Math.max(SOAK_ITERATIONS, this.#options.iterations ?? 0);
    const most = Math.min(wanted, affordable, KEPT_BYTES / Math.max(1, this.#keptBytes));
    return Math.max(most, Math.min(...this.#doses));
  }

  /**
   * @param {GrowingCount[]} counts
   * @param {any[]} graphs
   * @param {number} iterations between the first and the last graph
   */
  async #blame(counts, graphs, iterations) {
    const least = this.#options.perIteration * MIN_GROWTH_BYTES_PER_ITERATION * iterations;
    const options = { minGrowthBytes: least, compiled: compiledScripts() };
    const report = await this.#deadline.race(diagnoseChecked(graphs, options));
    return leaksOf(counts, report.suspects, iterations, this.#options);
  }

  /** @param {number} iterations */
  async #run(iterations) {
    if (iterations > 0) await this.#deadline.race(this.#workload.round(iterations));
    // A workload that never waits lets no timer run.
    if (this.#deadline.leftMs <= 0) throw this.#timeoutError();
  }

  /** @param {import('../../test.js').Leak[]} leaks */
  #result(leaks) {
    const { drain, collect, census } = this.#census.ms;
    return {
      leaks,
      rounds: this.#passes.map((rounds) => [...rounds]),
      iterations: this.#workload.iterations,
      seed: this.#options.seed,
      falseAlarmBound: falseAlarmBound(this.#growing, this.#doses.length),
      timings: {
        totalMs: this.#deadline.elapsedMs,
        workloadMs: this.#workload.ms,
        drainMs: drain,
        collectMs: collect,
        censusMs: census,
      },
    };
  }

  #timeoutError() {
    this.#workload.isStopped = true;
    const { timeout, seed } = this.#options;
    const { iterations, ms } = this.#workload;
    const rounds = this.#passes.map((done) => [...done]);
    const known =
      this.#suspected.length === 0
        ? 'nothing is suspected so far'
        : `${this.#suspected.map(({ name }) => name).join(', ')} grew with the rounds, not yet confirmed`;
    return new HeapwatchError(
      'ERR_HEAPWATCH_TIMEOUT',
      `the leak test took longer than ${timeout} ms, after ${iterations} iterations and ` +
        `${sum(rounds.map(({ length }) => length))} rounds: ${known}. Does an iteration end? If so, ` +
        'give a longer timeout (here and to the test runner) or fewer rounds.',
      { timeout, iterations, workloadMs: ms, rounds, seed, suspected: this.#suspected },
    );
  }
}

/**
 * The probability that a workload whose growth has nothing to do with the doses is told to leak: one
 * order of all follows each count that grew in every round, in both passes.
 *
 * @param {number} growing counts that grew in every round of the first pass, or in those before it was over
 * @param {number} rounds
 */
function falseAlarmBound(growing, rounds) {
  let orders = 1;
  for (let i = 2; i <= rounds; i++) orders *= i;
  return Math.min(1, growing / orders ** 2);
}

/**
 * @param {Function} fn
 * @param {import('../../test.js').LeakTestOptions} [options]
 * @returns {Promise<LeakTestResult>}
 */
async function findLeaks(fn, options) {
  return new LeakTest(fn, checkLeakTest('findLeaks', fn, options)).run();
}

module.exports = { findLeaks };
