'use strict';

const fs = require('node:fs');
const v8 = require('node:v8');

const { cancellable } = require('../cancellation.js');
const { capture } = require('../capture.js');
const { HeapwatchError, errorOf, settled } = require('../errors.js');
const { collector } = require('../forced_gc.js');
const { HeapGraph } = require('../heap_graph.js');
const native = require('../native.js');
const { nextTurn, now, wait } = require('./clock.js');

/**
 * Counts the heap between the rounds of a leak test.
 *
 * What is counted stays in native memory: in JavaScript the counts would be part of what they count.
 * A walk stops this thread for the fork alone; its child is read by a thread while the next
 * rounds run. Where there is no walk, V8's snapshot does.
 *
 * @typedef {import('../native.js').NativeDoseTest} NativeDoseTest
 */

/** Turns of the event loop that are waited at least: closing a socket takes two or three. */
const MIN_TURNS = 4;
/** Milliseconds for input and output that is still going on, in steps of one. What a server holds open
 * for its clients goes on for ever. */
const MAX_IO_WAIT = 25;

/** Walks whose children live beside the rounds: one for each processor that small machines have. */
const MAX_READING = 2;

/** What waits for its time and not for the system. */
const NO_IO = ['Timeout', 'Immediate', 'TickObject', 'MessagePort'];

class DoseCensus {
  #test = new native.NativeDoseTest();
  /** Walks whose graphs are being read. @type {Promise<unknown>[]} */
  #reading = [];
  /** Number of the next census of this pass. */
  #next = 0;
  #isWalking = native.walkUnsupported() === null;
  #idleResources = Infinity;
  /** Milliseconds that this thread spent on censuses, collections and drains. */
  ms = { drain: 0, collect: 0, census: 0 };

  /** Whether censuses come from walks. */
  get isWalking() {
    return this.#isWalking;
  }

  /** From now on V8's snapshots are taken. */
  stopWalking() {
    this.#isWalking = false;
  }

  /** Forgets the censuses of this pass. */
  async restart() {
    await Promise.allSettled(this.#reading);
    this.#reading = [];
    this.#next = 0;
    this.#test.restart();
  }

  /**
   * Waits for what the last round left to do, collects garbage and counts.
   *
   * @returns {Promise<number>} bytes that are in use, those of V8's own and of buffers included
   */
  async take() {
    await this.quiet();
    const start = now();
    if (this.#reading.length >= MAX_READING) await this.#reading.shift();
    const { used_heap_size: heapBytes, external_memory: outsideBytes } = v8.getHeapStatistics();
    await this.#observe(this.#next++, counters(), heapBytes);
    this.ms.census += now() - start;
    return heapBytes + outsideBytes;
  }

  /** Waits for what the last round left to do, and collects garbage. */
  async quiet() {
    const start = now();
    await this.#drain();
    const drained = now();
    const gc = collector();
    gc();
    // Callbacks of finalization registries run in between, and let go of what they hold.
    await nextTurn();
    gc();
    this.ms.drain += drained - start;
    this.ms.collect += now() - drained;
  }

  /** Waits until what was taken is counted. */
  async settle() {
    const reading = this.#reading;
    this.#reading = [];
    await Promise.all(reading);
  }

  /**
   * @param {number[]} doses
   * @param {number} least
   * @param {number} between iterations since the last time; 0 if they say nothing
   */
  async judge(doses, least, between) {
    await this.settle();
    this.#next = 0;
    return answered(this.#test.judge(doses, least, between));
  }

  /**
   * What can still be flagged after some rounds of a pass: if it is nothing, the rest of them would
   * change nothing.
   *
   * @param {number[]} doses of the rounds so far
   * @returns {Promise<{ growing: number, open: import('../../test.js').GrowingCount[] }>}
   */
  async progress(doses) {
    await this.settle();
    return answered(this.#test.progress(doses));
  }

  /**
   * @param {number} number
   * @param {import('../native.js').NativeCounter[]} counted
   * @param {number} usedHeapBytes
   */
  async #observe(number, counted, usedHeapBytes) {
    if (!this.#isWalking) return this.#observeSnapshot(number, counted);
    const { walk, error } = native.startWalk(true, usedHeapBytes, undefined, true);
    if (!walk) throw errorOf(/** @type {import('../native.js').Failure} */ (error));
    const cancel = new native.CancelHandle();
    const reading = settled(
      native.observeWalk(this.#test, walk, usedHeapBytes, number, counted, cancel),
    );
    // Told to whoever settles; until then it is no unhandled rejection.
    reading.catch(() => {});
    this.#reading.push(reading);
  }

  /**
   * @param {number} number
   * @param {import('../native.js').NativeCounter[]} counted
   */
  async #observeSnapshot(number, counted) {
    const graph = await capture({ method: 'v8' });
    try {
      const heap = /** @type {import('../native.js').NativeHeap} */ (HeapGraph.nativeOf(graph));
      await cancellable(undefined, (cancel) =>
        settled(native.observeHeap(this.#test, heap, number, counted, cancel)),
      );
    } finally {
      graph.close();
    }
  }

  /** Lets the event loop turn until no more input and output goes on than at the quietest time. */
  async #drain() {
    for (let turn = 0; turn < MIN_TURNS; turn++) await nextTurn();
    let busy = busyResources();
    for (let ms = 0; busy > this.#idleResources && ms < MAX_IO_WAIT; ms++) {
      await wait(1);
      busy = busyResources();
    }
    this.#idleResources = Math.min(this.#idleResources, busy);
  }
}

/** @param {string} json */
function answered(json) {
  const answer = JSON.parse(json);
  if (answer.error) throw errorOf(answer.error);
  return answer.ok;
}

function busyResources() {
  return process.getActiveResourcesInfo().filter((type) => !NO_IO.includes(type)).length;
}

/** What the process holds that is not in the heap. @returns {import('../native.js').NativeCounter[]} */
function counters() {
  /** @type {Record<string, number>} */
  const byType = { 'open files': openFiles() };
  for (const type of process.getActiveResourcesInfo()) {
    const name = `active ${type}`;
    byType[name] = (byType[name] ?? 0) + 1;
  }
  return Object.entries(byType).map(([name, count]) => ({ name, count }));
}

/** Where the system doesn't say, none. */
function openFiles() {
  try {
    return fs.readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/**
 * Whether another way to capture may help.
 *
 * @param {unknown} error
 */
function isCaptureFailure(error) {
  return (
    error instanceof HeapwatchError &&
    ['ERR_HEAPWATCH_CAPTURE', 'ERR_HEAPWATCH_LIMIT', 'ERR_HEAPWATCH_UNSUPPORTED'].includes(error.code)
  );
}

module.exports = { DoseCensus, isCaptureFailure };
