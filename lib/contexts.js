'use strict';

const { BYTES_PER_CONTEXT, grows, isWorse } = require('./growth.js');

/**
 * Whether contexts are why the JavaScript heap grows.
 *
 * A context (`vm.createContext`, a Jest environment, a sandbox a request) lives in the JavaScript heap
 * with all that was loaded into it. So a leak of contexts shows as growth of the heap first, and the
 * heap says nothing of the cause; the number of contexts does, if it rises as steadily.
 *
 * @param {{ timeMs: number, contexts: number }[]} samples after major collections
 * @param {import('../index.js').Judgement} growth of the JavaScript heap
 */
function contextsExplain(samples, { startMs, growthBytes }) {
  const counts = samples.filter(({ timeMs }) => timeMs >= startMs).map(({ contexts }) => contexts);
  if (counts.length < MIN_SAMPLES) return false;
  const created = /** @type {number} */ (counts.at(-1)) - counts[0];
  if (created < MIN_CONTEXTS || created * BYTES_PER_CONTEXT < MIN_SHARE * growthBytes) return false;
  const steps = counts.slice(1).map((count, i) => Math.sign(count - counts[i]));
  const moves = steps.filter((step) => step !== 0);
  const rises = moves.filter((step) => step > 0).length;
  return rises >= MIN_STEADINESS * moves.length;
}

/**
 * The judgements of the pools with the growth of the JavaScript heap put down to contexts, where they
 * are why.
 *
 * @param {Record<import('../index.js').Pool, import('../index.js').PoolJudgement>} judgements
 * @param {{ timeMs: number, contexts: number }[]} samples after major collections
 * @param {boolean} wasContexts whether they were before: that stays until the growth is over
 * @returns {{ judgements: typeof judgements, isContexts: boolean }}
 */
function attributed(judgements, samples, wasContexts) {
  const heap = judgements['js-heap'];
  const isContexts = grows(heap) && (wasContexts || contextsExplain(samples, heap));
  if (!isContexts) return { judgements, isContexts };
  const own = judgements.contexts;
  return {
    judgements: {
      ...judgements,
      'js-heap': { ...heap, state: 'healthy' },
      contexts: isWorse(own, heap) ? own : heap,
    },
    isContexts,
  };
}

/** As the fast path needs. */
const MIN_SAMPLES = 8;
/** A handful comes with a framework's start. */
const MIN_CONTEXTS = 4;
/** Of the growth, even if the contexts were empty: what is in them is mostly some times that. */
const MIN_SHARE = 0.1;
/** Contexts that come and go fall as often as they rise. */
const MIN_STEADINESS = 0.9;

module.exports = { attributed };
