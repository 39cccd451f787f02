'use strict';

const cluster = /** @type {import('node:cluster').Cluster} */ (
  /** @type {unknown} */ (require('node:cluster'))
);
const fs = require('node:fs');
const path = require('node:path');
const { isMainThread } = require('node:worker_threads');

const { HeapwatchError, errorOf } = require('./errors.js');
const { lastRunOf } = require('./last_run.js');

/**
 * The black box of a run: a small file with its last samples, judgements and suspects, which the next
 * run reads. A thread writes it (native code), also while the event loop is blocked; here is what is
 * in it, and whose it is.
 *
 * A box belongs to a process. Workers of a cluster get boxes of their own beside the given path; the
 * next worker takes over from any that died, for their numbers don't come again. Worker threads have
 * none: they go down with the process, and what they take is in its resident set.
 */

/** The file stays below it: what is too large goes, the least important first. */
const MAX_BYTES = 64 * 1024;
/** Of which the readings of the resident set and the frame take at most so much. */
const FRAME_BYTES = 4 * 1024;
/** What somebody else contributes. */
const MAX_SECTION_BYTES = 16 * 1024;
/** Nothing that we wrote is larger: what is, is not read into memory. */
const MAX_READ_BYTES = 1 << 20;
/** A local disk takes a millisecond. A process that ends doesn't wait long for one that hangs. */
const PATIENCE_MS = 1000;
const MAX_SUSPECTS = 5;

/** What the runs before left, by file: a watcher that starts anew is of the same run.
 * @type {Map<string, import('../index.js').LastRun | null>} */
const lastRuns = new Map();

class BlackBox {
  /** Where it is written; `null` if it can't be. @type {string | null} */
  path = null;
  /** What the run before left, if it died. @type {import('../index.js').LastRun | null} */
  lastRun = null;
  /** @type {Error[]} */
  errors = [];
  /** @type {import('./native.js').NativeMemoryWatch | null} */
  #writer = null;
  /** @type {Map<string, () => unknown>} */
  #sections = new Map();
  #startedAt = new Date(performance.timeOrigin).toISOString();
  #startTicks = startTicks(process.pid);
  #onExit = () => this.finish();

  /** @param {string} file */
  constructor(file) {
    if (!isMainThread) {
      this.errors.push(boxError('a worker thread has no black box; watch in the main thread', file));
      return;
    }
    const given = path.resolve(file);
    const isWorker = cluster.isWorker && cluster.worker !== undefined;
    const own = isWorker ? `${given}.worker-${cluster.worker?.id}` : given;
    try {
      if (!lastRuns.has(own)) {
        if (isWorker) takeOver(given, own);
        lastRuns.set(own, this.#read(own));
      }
      this.lastRun = lastRuns.get(own) ?? null;
      this.path = own;
    } catch (error) {
      this.errors.push(/** @type {Error} */ (error));
    }
  }

  /**
   * Adds a part to the file: JSON of up to 16 KB, asked for at each record.
   *
   * @param {string} name
   * @param {() => unknown} contents
   */
  addSection(name, contents) {
    this.#sections.set(name, contents);
  }

  /** @param {import('./native.js').NativeMemoryWatch} writer */
  start(writer) {
    if (this.path === null) return;
    this.#writer = writer;
    process.on('exit', this.#onExit);
  }

  /**
   * Puts the state of the run into the file, a second later at most.
   *
   * @param {{ status: object, samples: object[], leaks: object[],
   *   report: import('../index.js').LeakReport | null }} run
   */
  record({ status, samples, leaks, report }) {
    if (this.#writer === null) return;
    const facts = {
      pid: process.pid,
      startTicks: this.#startTicks,
      startedAt: this.#startedAt,
      node: process.version,
      status,
      leaks,
    };
    const suspects = report?.suspects.slice(0, MAX_SUSPECTS).map(shortSuspect) ?? [];
    const sections = Object.fromEntries([...this.#sections].map(section));
    this.#writer.record(fitted(facts, { samples, suspects, sections }));
  }

  /** What went wrong since the last call. */
  takeError() {
    const failure = this.#writer?.takeFailure() ?? null;
    return failure === null ? null : errorOf(failure);
  }

  /** Marks the run as ended by its own will. */
  finish() {
    if (this.#writer === null) return;
    process.off('exit', this.#onExit);
    this.#writer.finish(PATIENCE_MS);
    this.#writer = null;
  }

  /**
   * Reads what the last run left. What can't be read is told, and written over; a box of a process
   * that lives is not.
   *
   * @param {string} file
   * @returns {import('../index.js').LastRun | null}
   */
  #read(file) {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    // A pipe would block whoever reads it, and none of these can be replaced.
    if (stat !== undefined && !stat.isFile()) throw boxError('it is not a file', file);
    let found;
    try {
      found = readBox(file);
    } catch (error) {
      this.errors.push(/** @type {Error} */ (error));
      return null;
    }
    if (found === null || found.state !== 'running') return null;
    if (isAlive(found.run)) {
      throw boxError(`process ${found.run.pid} writes to it; give each process its own`, file);
    }
    return lastRunOf(found);
  }
}

/**
 * @param {string} file
 * @returns {any} null if there is none
 */
function readBox(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return null;
  if (stat.size > MAX_READ_BYTES) throw boxError(`it has ${stat.size} bytes: not a black box`, file);
  let box;
  try {
    box = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw boxError(/** @type {Error} */ (error).message, file);
    throw boxError('what is in it is not JSON; it is written over', file);
  }
  const isBox = box?.heapwatchBlackBox === 1 && Number.isFinite(box.writtenAtMs) && isObject(box.run);
  if (!isBox) throw boxError('what is in it is no black box of this version; it is written over', file);
  return box;
}

/**
 * A worker of a cluster takes over what a dead one left, for the next worker has another number.
 *
 * @param {string} given
 * @param {string} own
 */
function takeOver(given, own) {
  const prefix = `${path.basename(given)}.worker-`;
  for (const name of fs.readdirSync(path.dirname(given))) {
    const file = path.join(path.dirname(given), name);
    if (!name.startsWith(prefix) || file === own) continue;
    try {
      const box = readBox(file);
      if (box === null || isAlive(box.run)) continue;
      // Of several that try, one succeeds.
      if (box.state === 'running') return fs.renameSync(file, own);
      fs.unlinkSync(file);
    } catch {
      // Not a box, or somebody else was faster.
    }
  }
}

/**
 * Whether the process that wrote a box lives. A number is given again, and in a container always the
 * same; the time it was started at tells.
 *
 * @param {any} run
 */
function isAlive({ pid, startTicks: ticks }) {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
  }
  const now = startTicks(pid);
  return now === null || now === ticks;
}

/**
 * When a process was started, in ticks since the machine was; null where that can't be known.
 *
 * @param {number} pid
 */
function startTicks(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may hold anything; the time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {object} facts
 * @param {{ samples: object[], suspects: object[], sections: object }} parts
 */
function fitted(facts, { samples, suspects, sections }) {
  const room = MAX_BYTES - FRAME_BYTES;
  const half = samples.filter((_, i) => i % 2 === 0 || i === samples.length - 1);
  const smaller = [
    { samples, suspects, sections },
    { samples: half, suspects, sections },
    { samples: half, suspects, sections: {} },
    { samples: half, suspects: [], sections: {} },
  ];
  for (const parts of smaller) {
    const text = JSON.stringify({ ...facts, ...parts });
    if (Buffer.byteLength(text) <= room) return text;
  }
  return JSON.stringify({ ...facts, leaks: [], samples: [], suspects: [], sections: {} });
}

/** @param {[string, () => unknown]} section */
function section([name, contents]) {
  const value = contents() ?? null;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return [name, bytes <= MAX_SECTION_BYTES ? value : { omittedBytes: bytes }];
}

/** @param {import('../index.js').Suspect} suspect */
function shortSuspect({ rank, class: ofClass, owner, bytes, growthBytes, count, locations, evidence,
  fingerprint }) {
  const location = locations[0] ?? null;
  return { rank, class: ofClass, owner: owner.name, bytes, growthBytes, count, location, evidence,
    fingerprint };
}

/**
 * @param {string} what
 * @param {string} file
 */
function boxError(what, file) {
  return new HeapwatchError('ERR_HEAPWATCH_BLACK_BOX', `black box '${file}': ${what}`, { path: file });
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

module.exports = { BlackBox };
