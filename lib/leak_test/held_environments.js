'use strict';

const v8 = require('node:v8');

const { gc } = require('../forced_gc.js');
const { nextTurn } = require('./clock.js');
const { isHeld, pathTo } = require('./collected.js');

/**
 * Which test files leave something behind: the environment of each file, in which all of its code and
 * objects live, is watched by a weak reference. It should be gone once the next files run; if one
 * object of the file is still held, so is the environment.
 *
 * A full collection for each file, and for each one that seems to be held some more, since a context is
 * let go of in steps; then a capture.
 *
 * @typedef {import('../../index.js').ReportStep} ReportStep
 * @typedef {{ file: string, bytes: number, path: ReportStep[] | null }} HeldFile `bytes` is by how much
 *   the heap was larger after the file than before it
 */

/** Environments that a test runner lets go of late are gone when the file after the next one starts. */
const CHECKS = 2;
/** What no code of the program's own holds may be a test runner's that is later still: machines are busy. */
const CHECKS_OF_FOREIGN = 6;
/** Paths of so many files are found out: each takes a capture, and they tend to have one cause. */
const MAX_PATHS = 5;

/** Test runners have their files there, and what else is no code of the program. */
const FOREIGN = /^node:|[\\/]node_modules[\\/]/;

/**
 * @typedef {object} Watched
 * @property {string} file
 * @property {WeakRef<object>} ref
 * @property {number} bytesBefore
 * @property {number | null} bytes
 * @property {ReportStep[] | null} [path] once it was looked for; null if none was found
 * @property {number} checks
 */

class HeldEnvironments {
  /** @type {Watched[]} */
  #watched = [];
  #paths = 0;
  #tell;

  /** @param {(held: HeldFile) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * Before a file starts: looks after the environments of earlier ones, and watches its own.
   *
   * @param {string} file
   * @param {object} environment
   */
  async enter(file, environment) {
    const bytes = await this.check();
    this.#watched.push({ file, ref: new WeakRef(environment), bytesBefore: bytes, bytes: null, checks: 0 });
  }

  /** Forgets what is gone, and tells what was still there in several checks. */
  async check() {
    await nextTurn();
    gc();
    // Looking at a WeakRef keeps its object until the event loop turns.
    await nextTurn();
    const heapBytes = v8.getHeapStatistics().used_heap_size;
    const watched = this.#watched;
    this.#watched = [];
    for (const one of watched) {
      if (one.ref.deref() === undefined) continue;
      one.bytes ??= heapBytes - one.bytesBefore;
      if (++one.checks < CHECKS || !(await this.#isToTell(one))) this.#watched.push(one);
      else this.#tell({ file: one.file, bytes: one.bytes, path: one.path ?? null });
    }
    return heapBytes;
  }

  /** For the last files: there are none behind them. */
  async checkUntilKnown() {
    while (this.#watched.length > 0) await this.check();
  }

  /** @param {Watched} one */
  async #isToTell(one) {
    if (!(await isHeld(one.ref))) return false;
    if (one.path === undefined) one.path = this.#paths++ < MAX_PATHS ? await pathTo(one.ref) : null;
    return one.path === null || one.path.some(isOwnCode) || one.checks >= CHECKS_OF_FOREIGN;
  }
}

/** @param {ReportStep} step */
function isOwnCode({ location }) {
  return location !== null && !FOREIGN.test(location.url);
}

module.exports = { HeldEnvironments, isOwnCode };
