'use strict';

const { cancellable } = require('./cancellation.js');
const { HeapwatchError, settled } = require('./errors.js');
const { HeapGraph } = require('./heap_graph.js');
const { leakReport } = require('./leak_report.js');
const native = require('./native.js');
const { progressOf } = require('./progress.js');
const { boolean, callback, checkOptions, integer, number, optionError, signal } =
  require('./options.js');

const OPTIONS = {
  signal: { check: signal },
  onProgress: { check: callback },
  minGrowthBytes: { check: number(0, Infinity) },
  maxSuspects: { check: integer(1, 100) },
  sources: { check: boolean },
  redact: { check: boolean },
};

/**
 * Compares captures of one process, oldest first; of a single one, says what is big and why.
 *
 * @param {InstanceType<typeof HeapGraph>[]} graphs
 * @param {import('../index.js').DiagnoseOptions} [options]
 * @returns {Promise<import('../index.js').LeakReport>}
 */
async function diagnose(graphs, options) {
  return diagnoseChecked(graphs, checkOptions('diagnose', options, OPTIONS));
}

/**
 * The same with options of this package.
 *
 * @param {InstanceType<typeof HeapGraph>[]} graphs
 * @param {any} checked `compiled`: texts of scripts by path, where the files have others
 */
async function diagnoseChecked(graphs, checked) {
  const heaps = checkGraphs(graphs);
  const infos = graphs.map((graph) => graph.captureInfo);
  return cancellable(checked.signal, async (cancel) => {
    /** @type {import('./native.js').NativeSummary[]} */
    const earlier = [];
    for (const [i, heap] of heaps.slice(0, -1).entries()) {
      const takenAt = activeTimeMs(infos.slice(0, i + 1));
      const { summary } = await settled(native.summarize(heap, earlier.at(-1), takenAt, cancel));
      earlier.push(/** @type {import('./native.js').NativeSummary} */ (summary));
    }
    const last = /** @type {import('./native.js').NativeHeap} */ (heaps.at(-1));
    return compare(earlier, last, infos, checked, cancel);
  });
}

/**
 * @param {import('./native.js').NativeSummary[]} earlier
 * @param {import('./native.js').NativeHeap} last
 * @param {import('../index.js').CaptureInfo[]} infos of all captures
 * @param {any} options checked
 * @param {import('./native.js').CancelHandle} cancel
 */
async function compare(earlier, last, infos, options, cancel) {
  const isLive = infos.at(-1)?.method !== 'file';
  const nativeOptions = {
    minGrowthBytes: options.minGrowthBytes,
    maxSuspects: options.maxSuspects,
    takenAtMs: activeTimeMs(infos),
    redact: options.redact ?? true,
    // The files that a saved snapshot names may be anything by now.
    readSources: options.sources ?? isLive,
    compiled: options.compiled,
  };
  const { json } = await settled(
    native.diagnoseCaptures(earlier, last, nativeOptions, cancel, progressOf(options)),
  );
  return leakReport(JSON.parse(/** @type {string} */ (json)), infos, nativeOptions.redact);
}

/**
 * When the last of some captures was taken, on a clock that stands still while a capture blocks the
 * process: nothing leaks then, and rates are those of the time in which something could.
 *
 * @param {import('../index.js').CaptureInfo[]} infos
 * @returns {number | undefined} milliseconds; undefined for saved snapshots, which don't say
 */
function activeTimeMs(infos) {
  const pausedMs = infos.slice(0, -1).reduce((sum, { pauseMs }) => sum + (pauseMs ?? 0), 0);
  const takenAt = infos.at(-1)?.takenAt?.getTime();
  return takenAt === undefined ? undefined : takenAt - pausedMs;
}

/**
 * @param {unknown} graphs
 * @returns {import('./native.js').NativeHeap[]}
 */
function checkGraphs(graphs) {
  if (!Array.isArray(graphs) || graphs.length === 0) {
    throw optionError('diagnose', 'graphs', graphs, 'an array of one or more heap graphs');
  }
  return graphs.map((graph, i) => {
    const heap = HeapGraph.nativeOf(graph);
    if (heap === null) {
      throw new HeapwatchError(
        'ERR_HEAPWATCH_OPTION',
        `diagnose: graphs[${i}] is not a heap graph of this copy of heapwatch`,
        { option: `graphs[${i}]` },
      );
    }
    return heap;
  });
}

module.exports = { activeTimeMs, compare, diagnose, diagnoseChecked };
