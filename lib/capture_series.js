'use strict';

const { cancellable } = require('./cancellation.js');
const { capture } = require('./capture.js');
const { activeTimeMs, compare } = require('./diagnose.js');
const { HeapwatchError, settled } = require('./errors.js');
const { expectedObjects } = require('./expected_objects.js');
const { HeapGraph } = require('./heap_graph.js');
const native = require('./native.js');

/**
 * Takes captures spaced by growth and compares them. Only the last graph is ever held; earlier ones
 * are summed up and freed.
 *
 * @typedef {import('../index.js').CaptureInfo} CaptureInfo
 */

/** @typedef {{ summary: import('./native.js').NativeSummary, info: CaptureInfo }} FirstCapture */

/** Growth between captures, whichever is more: enough to tell a leak from noise. */
const MIN_SPACING_BYTES = 2 * 2 ** 20;
const MIN_SPACING_FRACTION = 0.01;

class CaptureSeries {
  #options;
  /** @type {((why: 'grown' | 'timeout' | 'stopped') => void) | null} */
  #wake = null;
  #wakeAtBytes = Infinity;
  #lastBytes = 0;
  #stopped = false;

  /**
   * @param {{ captures: number, maxSpacingMs: number, maxPauseMs: number, maxMemoryBytes: number,
   *   method: 'auto' | 'v8' | 'walk', minGrowthBytes?: number, maxSuspects?: number,
   *   sources?: boolean, signal?: AbortSignal, first?: FirstCapture | null }} options `first`: a
   *   capture that was taken before, in place of the first
   */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Tells what the watched pools hold after a major collection.
   *
   * @param {number} bytes
   */
  onBytes(bytes) {
    this.#lastBytes = bytes;
    if (bytes >= this.#wakeAtBytes) this.#wake?.('grown');
  }

  /** Ends the series at its next step. */
  stop() {
    this.#stopped = true;
    this.#wake?.('stopped');
  }

  /**
   * Takes the captures and compares them.
   *
   * @returns {Promise<{ report: import('../index.js').LeakReport, grew: boolean }>} `grew`: whether
   *   the pools grew between all captures, as opposed to the wait for it having timed out
   */
  run() {
    return cancellable(this.#options.signal, (cancel) => this.#run(cancel));
  }

  /** @param {import('./native.js').CancelHandle} cancel */
  async #run(cancel) {
    const { captures, first } = this.#options;
    const earlier = first ? [first.summary] : [];
    const infos = first ? [first.info] : [];
    let grew = true;
    // Captures of two methods can't be compared: if the walk fails in between, it starts anew.
    for (let attempts = 0; attempts < 2 * captures; attempts++) {
      const graph = await this.#capture();
      if (infos.at(-1)?.method !== graph.captureInfo.method) earlier.length = infos.length = 0;
      infos.push(graph.captureInfo);
      if (infos.length === captures) {
        return { report: await this.#compare(earlier, graph, infos, cancel), grew };
      }
      earlier.push(await summaryOf(graph, activeTimeMs(infos), earlier.at(-1), cancel));
      grew = (await this.#growth()) && grew;
    }
    throw new HeapwatchError(
      'ERR_HEAPWATCH_CAPTURE',
      'the captures were taken by turns with different methods, which can not be compared',
    );
  }

  /**
   * @param {import('./native.js').NativeSummary[]} earlier
   * @param {InstanceType<typeof HeapGraph>} last closed behind this
   * @param {CaptureInfo[]} infos
   * @param {import('./native.js').CancelHandle} cancel
   */
  async #compare(earlier, last, infos, cancel) {
    try {
      const heap = /** @type {import('./native.js').NativeHeap} */ (HeapGraph.nativeOf(last));
      return await compare(earlier, heap, infos, this.#options, cancel);
    } finally {
      last.close();
    }
  }

  async #capture() {
    this.#throwIfStopped();
    const { method, maxPauseMs, maxMemoryBytes, signal } = this.#options;
    const graph = await capture({ method, maxPauseMs, maxMemoryBytes, signal });
    await expectedObjects.onCapture(graph, signal);
    return graph;
  }

  /** Waits until the pools have grown, but not for ever. */
  async #growth() {
    const from = this.#lastBytes;
    this.#wakeAtBytes = from + Math.max(MIN_SPACING_BYTES, from * MIN_SPACING_FRACTION);
    const why = await new Promise((resolve) => {
      this.#wake = resolve;
      const timer = setTimeout(() => resolve('timeout'), this.#options.maxSpacingMs);
      timer.unref();
      this.#options.signal?.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
    this.#wake = null;
    this.#throwIfStopped();
    return why === 'grown';
  }

  #throwIfStopped() {
    if (this.#stopped || this.#options.signal?.aborted) {
      throw new HeapwatchError('ERR_HEAPWATCH_CANCELLED', 'the watcher was stopped');
    }
  }
}

/**
 * Takes a capture for a series to come, by the walk alone: only that is cheap enough to be taken on
 * a suspicion.
 *
 * @param {{ maxMemoryBytes: number, signal: AbortSignal }} options
 * @returns {Promise<FirstCapture>}
 */
function firstCapture({ maxMemoryBytes, signal }) {
  return cancellable(signal, async (cancel) => {
    const graph = await capture({ method: 'walk', maxMemoryBytes, signal });
    const info = graph.captureInfo;
    return { info, summary: await summaryOf(graph, activeTimeMs([info]), undefined, cancel) };
  });
}

/**
 * Sums a capture up and frees it.
 *
 * @param {InstanceType<typeof HeapGraph>} graph
 * @param {number | undefined} takenAtMs
 * @param {import('./native.js').NativeSummary | undefined} previous
 * @param {import('./native.js').CancelHandle} cancel
 */
async function summaryOf(graph, takenAtMs, previous, cancel) {
  try {
    const heap = /** @type {import('./native.js').NativeHeap} */ (HeapGraph.nativeOf(graph));
    const { summary } = await settled(native.summarize(heap, previous, takenAtMs, cancel));
    return /** @type {import('./native.js').NativeSummary} */ (summary);
  } finally {
    graph.close();
  }
}

module.exports = { CaptureSeries, firstCapture };
