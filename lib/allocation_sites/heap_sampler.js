'use strict';

const { HeapwatchError } = require('../errors.js');

/**
 * V8's sampling heap profiler, without disturbing anybody else's.
 *
 * Every so many bytes V8 notes the stack of an allocation, and forgets it when the object is
 * collected. There is one such profiler for an isolate, and it doesn't say whose it is: whoever
 * starts it while it runs gets the running one, and whoever stops it stops it for all. So nothing is
 * started where one runs, and before stopping ours, or believing what it says, it is checked to be
 * ours: what lives now and was allocated before the last reading must have been in that, under the
 * same ordinal.
 *
 * The inspector is used on all versions of Node. `v8.startHeapProfile` of Node 26 can only be read by
 * stopping it, which forgets all samples and with them the ages of objects.
 *
 * @typedef {{ functionName: string, scriptId: string, url: string, lineNumber: number,
 *   columnNumber: number }} CallFrame 0-based; -1 if unknown
 * @typedef {{ callFrame: CallFrame, selfSize: number, id: number, children: ProfileNode[] }}
 *   ProfileNode
 * @typedef {{ size: number, nodeId: number, ordinal: number }} Sample `size`: bytes that it stands
 *   for; `ordinal`: how many samples had been taken before, those of what is gone included
 * @typedef {{ head: ProfileNode, samples: Sample[] }} Profile
 */

/** Bytes between samples on average. V8's default, 32 KiB, costs a service half of its speed; this
 * is within noise. */
const SAMPLE_EVERY_BYTES = 512 * 1024;

/**
 * One for all, connected for ever: when a session is disconnected V8 forgets the ids of objects, by
 * which captures are compared, and stops the profiler, whoever runs it by then.
 *
 * @type {import('node:inspector').Session | null}
 */
let session = null;

function connectedSession() {
  if (session === null) {
    // Not there in a Node that was built without.
    const { Session } = require('node:inspector');
    const connecting = new Session();
    connecting.connect();
    session = connecting;
  }
  return session;
}

/**
 * Sessions of the same thread answer at once.
 *
 * @param {string} method
 * @param {object} [parameters]
 * @returns {any}
 */
function ask(method, parameters) {
  /** @type {{ error?: Error | null, answer?: unknown }} */
  const told = {};
  connectedSession().post(method, parameters, (error, answer) => Object.assign(told, { error, answer }));
  if (told.error) throw told.error;
  return told.answer;
}

/** @returns {Profile | null} `null` if no profiler runs */
function profileOrNull() {
  try {
    return ask('HeapProfiler.getSamplingProfile').profile;
  } catch (error) {
    if (/not started/.test(/** @type {Error} */ (error).message)) return null;
    throw error;
  }
}

class HeapSampler {
  #isRunning = false;
  /** Nodes of the samples of the last reading by ordinal. @type {Map<number, number>} */
  #known = new Map();
  #lastOrdinal = 0;

  get isRunning() {
    return this.#isRunning;
  }

  /** @throws {HeapwatchError} `ERR_HEAPWATCH_PROFILER`, if there can be none or there is one */
  start() {
    try {
      if (profileOrNull() === null) {
        ask('HeapProfiler.startSampling', { samplingInterval: SAMPLE_EVERY_BYTES });
        this.#isRunning = true;
        return;
      }
    } catch (error) {
      const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
      const why = `V8's sampling heap profiler is not to be had here: ${message}`;
      throw profilerError(why, { reason: 'unavailable', cause: code ?? null });
    }
    const why =
      "somebody else runs V8's sampling heap profiler, of which there is one; stop that first";
    throw profilerError(why, { reason: 'taken' });
  }

  /**
   * What lives now. V8 makes a full collection first.
   *
   * @returns {Profile}
   * @throws {HeapwatchError} `ERR_HEAPWATCH_PROFILER` if somebody else stopped the profiler
   */
  read() {
    const profile = this.#isRunning ? profileOrNull() : null;
    if (profile === null || !this.#isOurs(profile)) {
      this.#isRunning = false;
      const why =
        "somebody else stopped V8's sampling heap profiler, of which there is one; " +
        'allocation sites are not watched any more';
      throw profilerError(why, { reason: 'stopped' });
    }
    for (const { ordinal } of profile.samples) {
      this.#lastOrdinal = Math.max(this.#lastOrdinal, ordinal);
    }
    this.#known = new Map(profile.samples.map(({ ordinal, nodeId }) => [ordinal, nodeId]));
    return profile;
  }

  /** Stops what is ours. Takes two full collections. */
  stop() {
    if (!this.#isRunning) return;
    try {
      this.read();
      ask('HeapProfiler.stopSampling');
    } catch {
      // Stopped by somebody else.
    }
    this.#isRunning = false;
    this.#known.clear();
  }

  /** @param {Profile} profile */
  #isOurs({ samples }) {
    return samples.every(
      ({ ordinal, nodeId }) => ordinal > this.#lastOrdinal || this.#known.get(ordinal) === nodeId,
    );
  }
}

/**
 * @param {string} message
 * @param {Record<string, unknown>} detail
 */
function profilerError(message, detail) {
  return new HeapwatchError('ERR_HEAPWATCH_PROFILER', message, detail);
}

module.exports = { HeapSampler, SAMPLE_EVERY_BYTES };
