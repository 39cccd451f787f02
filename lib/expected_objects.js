'use strict';

// Taken now: a test that uses fake timers later must not stop us.
const { setImmediate } = require('node:timers');
const { nextTick } = process;

const { cancellable } = require('./cancellation.js');
const { capture } = require('./capture.js');
const { settled } = require('./errors.js');
const { HeapGraph } = require('./heap_graph.js');
const { MajorCollections } = require('./major_collections.js');
const native = require('./native.js');
const { checkOptions, integer, number, optionError } = require('./options.js');
const { OverdueObjects } = require('./overdue_objects.js');

/**
 * Objects that are expected to be collected soon, and those of them that are not.
 *
 * They are held weakly, in batches by the major collections that have happened since they were
 * registered. After each major collection what is gone is dropped, and what has outlived enough of
 * them is told, together for each label. Looking at a `WeakRef` keeps its object until the event
 * loop turns, so this goes in slices, each in a turn of its own. Where the heap can be walked, a walk
 * finds out what holds the objects; else the next capture that is taken anyway does.
 *
 * O(objects waited for) a major collection, about 120 bytes for each; a minor one costs nothing. Without
 * any nothing is observed.
 *
 * @typedef {import('../index.js').RetainedInfo} RetainedInfo
 */

const OPTIONS = {
  afterCollections: { check: integer(1, 1000), default: 3 },
  afterMs: { check: number(0, Infinity), default: 5000 },
  pathCooldownMs: { check: number(0, Infinity), default: 600_000 },
};

const DEFAULTS = checkOptions('expectCollected', {}, OPTIONS);

/** Objects that are waited for at most: some 12 MB. */
const MAX_PENDING = 100_000;
/** WeakRefs looked at in a turn of the event loop: half a millisecond. */
const SLICE = 2000;
/** A walk for a path takes no more memory than a watcher's captures do by default. */
const MAX_WALK_BYTES = 512 * 2 ** 20;
/** Lists that wait for a capture to tell paths. The newest matter. */
const MAX_WITHOUT_PATH = 16;

/** Objects that were registered with the same options between two collections. */
class Batch {
  /** @type {WeakRef<object>[]} */
  refs = [];
  /** @type {string[]} */
  labels = [];
  /** When each was registered, on the clock of `performance.now()`. @type {number[]} */
  times = [];
  /** Major collections that began after all of them were registered. */
  collections = 0;

  /** @param {{ afterCollections: number, afterMs: number, pathCooldownMs: number }} options */
  constructor(options) {
    this.options = options;
  }

  /**
   * Looks at some entries: drops those that are gone, moves those that are overdue, and keeps the
   * others, from index `kept` on.
   *
   * @param {number} from
   * @param {number} to
   * @param {number} kept
   * @param {InstanceType<typeof OverdueObjects>} overdue
   * @returns {number} the next index to keep at
   */
  sift(from, to, kept, overdue) {
    const { refs, labels, times } = this;
    const latest =
      this.collections >= this.options.afterCollections
        ? performance.now() - this.options.afterMs
        : -Infinity;
    for (let i = from; i < to; i++) {
      if (refs[i].deref() === undefined) continue;
      if (times[i] <= latest) {
        overdue.add(refs[i], labels[i], times[i], this);
      } else {
        refs[kept] = refs[i];
        labels[kept] = labels[i];
        times[kept++] = times[i];
      }
    }
    return kept;
  }

  /** @param {number} length */
  truncate(length) {
    this.refs.length = this.labels.length = this.times.length = length;
  }
}

class ExpectedObjects {
  /** Batches that get no more objects: a collection has been seen since they began. @type {Batch[]} */
  #closed = [];
  /** One for each set of options. @type {Batch[]} */
  #open = [];
  /** While there are any. @type {InstanceType<typeof MajorCollections> | null} */
  #collections = null;
  #pending = 0;
  #skipped = 0;
  #retained = 0;
  #isSifting = false;
  #hasNewCollection = false;
  #lastWalkMs = -Infinity;
  /** Told without a path. @type {InstanceType<typeof OverdueObjects>[]} */
  #withoutPath = [];
  /** Those that emit `retained`. @type {() => import('node:events').EventEmitter[]} */
  emitters = () => [];

  /**
   * @param {unknown} object
   * @param {unknown} label
   * @param {import('../index.js').ExpectCollectedOptions} [options]
   */
  expect(object, label, options) {
    const checked =
      options === undefined ? DEFAULTS : checkOptions('expectCollected', options, OPTIONS);
    if (typeof label !== 'string' || label === '') {
      throw optionError('expectCollected', 'label', label, 'a text that says what the object is');
    }
    const ref = weakRef(object);
    if (this.#pending >= MAX_PENDING) {
      this.#skipped++;
      return;
    }
    const batch = this.#openBatch(checked);
    batch.refs.push(ref);
    batch.labels.push(label);
    batch.times.push(performance.now());
    this.#pending++;
    this.#collections ??= new MajorCollections((collection) => this.#onMajor(collection));
  }

  /** @returns {import('../index.js').ExpectedObjectsStatus} */
  status() {
    return { pending: this.#pending, skipped: this.#skipped, retained: this.#retained };
  }

  /**
   * Tells again what was told without a path, if a capture shows one.
   *
   * @param {InstanceType<typeof HeapGraph>} graph taken of this isolate
   * @param {AbortSignal} [signal]
   */
  async onCapture(graph, signal) {
    const lists = this.#withoutPath;
    if (lists.length === 0) return;
    try {
      const found = await addPaths(graph, lists, signal);
      this.#withoutPath = this.#withoutPath.filter((list) => !found.includes(list));
      for (const list of found) this.#tell(list.infos().filter(({ path }) => path !== null));
    } catch {
      // Cancelled. The capture is somebody else's, and the next one will do.
    }
  }

  /** @param {Batch['options']} options */
  #openBatch(options) {
    const { afterCollections, afterMs, pathCooldownMs } = options;
    for (const batch of this.#open) {
      const same = batch.options;
      if (
        same.afterCollections === afterCollections &&
        same.afterMs === afterMs &&
        same.pathCooldownMs === pathCooldownMs
      ) {
        return batch;
      }
    }
    const batch = new Batch(options);
    this.#open.push(batch);
    return batch;
  }

  /**
   * It is told late: a collection counts for a batch only if it was after all that is in it. Nothing is
   * registered during one, so its middle tells, even if two clocks differ by some microseconds.
   *
   * @param {import('./major_collections.js').MajorCollection} collection
   */
  #onMajor({ endedMs, costNs }) {
    const middleMs = endedMs - costNs / 2e6;
    this.#closed.push(...this.#open);
    this.#open = [];
    for (const batch of this.#closed) {
      if (/** @type {number} */ (batch.times.at(-1)) <= middleMs) batch.collections++;
    }
    this.#hasNewCollection = true;
    if (!this.#isSifting) this.#sift();
  }

  async #sift() {
    this.#isSifting = true;
    while (this.#hasNewCollection) {
      this.#hasNewCollection = false;
      const overdue = new OverdueObjects();
      await this.#siftBatches([...this.#closed], overdue);
      this.#closed = this.#closed.filter(({ refs }) => refs.length > 0);
      this.#retained += overdue.count;
      if (overdue.count > 0 && this.#isHeard()) this.#look(overdue);
    }
    this.#isSifting = false;
    if (this.#pending === 0) {
      this.#collections?.stop();
      this.#collections = null;
    }
  }

  /**
   * @param {Batch[]} batches
   * @param {InstanceType<typeof OverdueObjects>} overdue
   */
  async #siftBatches(batches, overdue) {
    let left = 0;
    for (const batch of batches) {
      const { length } = batch.refs;
      let kept = 0;
      for (let from = 0; from < length; ) {
        if (left === 0) {
          await nextTurn();
          left = SLICE;
        }
        const to = Math.min(length, from + left);
        kept = batch.sift(from, to, kept, overdue);
        left -= to - from;
        from = to;
      }
      batch.truncate(kept);
      this.#pending -= length - kept;
    }
  }

  /**
   * Finds out what holds the objects, if a walk may be taken, and tells.
   *
   * @param {InstanceType<typeof OverdueObjects>} overdue
   */
  async #look(overdue) {
    const { pathCooldownMs } = overdue;
    const isDue = performance.now() - this.#lastWalkMs >= pathCooldownMs;
    if (isDue && pathCooldownMs < Infinity && native.walkUnsupported() === null) {
      this.#lastWalkMs = performance.now();
      // Looking at the objects keeps them until the event loop turns; the walk must not see that.
      await nextTurn();
      if (await walkForPaths(overdue)) {
        this.#tell(overdue.infos());
        return;
      }
    }
    this.#withoutPath.push(overdue);
    if (this.#withoutPath.length > MAX_WITHOUT_PATH) this.#withoutPath.shift();
    this.#tell(overdue.infos());
  }

  #isHeard() {
    return this.emitters().some((emitter) => emitter.listenerCount('retained') > 0);
  }

  /**
   * Each in a tick of its own: what a listener throws surfaces as an uncaught exception, as with any
   * emitter, and the others are told all the same.
   *
   * @param {RetainedInfo[]} infos
   */
  #tell(infos) {
    for (const emitter of this.emitters()) {
      for (const info of infos) nextTick(() => emitter.emit('retained', info));
    }
  }
}

/** @param {any} object */
function weakRef(object) {
  try {
    return new WeakRef(object);
  } catch {
    const wanted = 'an object, a function or a symbol that is not registered';
    throw optionError('expectCollected', 'object', object, wanted);
  }
}

/** Doesn't keep the process alive. */
function nextTurn() {
  return new Promise((resolve) => setImmediate(resolve).unref());
}

/**
 * @param {InstanceType<typeof OverdueObjects>} overdue
 * @returns {Promise<boolean>} whether the heap could be walked
 */
async function walkForPaths(overdue) {
  try {
    const graph = await capture({ method: 'walk', maxMemoryBytes: MAX_WALK_BYTES });
    try {
      await addPaths(graph, [overdue]);
    } finally {
      graph.close();
    }
    return true;
  } catch {
    // The path is an extra; another capture may have it.
    return false;
  }
}

/**
 * @param {InstanceType<typeof HeapGraph>} graph
 * @param {InstanceType<typeof OverdueObjects>[]} lists
 * @param {AbortSignal} [signal]
 * @returns {Promise<InstanceType<typeof OverdueObjects>[]>} those that are in the graph
 */
async function addPaths(graph, lists, signal) {
  const heap = /** @type {import('./native.js').NativeHeap} */ (HeapGraph.nativeOf(graph));
  const keys = lists.map(({ key }) => key);
  const { json } = await cancellable(signal, (cancel) =>
    settled(native.findExpected(heap, OverdueObjects.LIST_CLASS, keys, cancel)),
  );
  /** @type {((import('../index.js').ReportStep[] | null)[] | null)[]} */
  const paths = JSON.parse(/** @type {string} */ (json));
  return lists.filter((list, i) => {
    const found = paths[i];
    if (found !== null) list.addPaths(found);
    return found !== null;
  });
}

module.exports = { ExpectedObjects, addPaths, expectedObjects: new ExpectedObjects() };
