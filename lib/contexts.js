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
 * are why, and with it what native memory they take along.
 *
 * @typedef {import('../index.js').Pool} Pool
 * @typedef {import('../index.js').PoolJudgement} PoolJudgement
 *
 * @param {Record<Pool, PoolJudgement>} judgements
 * @param {{ timeMs: number, contexts: number }[]} samples after major collections
 * @param {boolean} wasContexts whether they were before: that stays until the growth is over
 * @returns {{ judgements: typeof judgements, isContexts: boolean, explained: Pool[] }} `explained` are
 *   the pools that grow because contexts do
 */
function attributed(judgements, samples, wasContexts) {
  const { 'js-heap': heap, contexts: own, native } = judgements;
  const isContexts = grows(heap) && (wasContexts || contextsExplain(samples, heap));
  const contexts = isContexts && !isWorse(own, heap) ? heap : own;
  /** @type {Pool[]} */
  const explained = [];
  if (isContexts) explained.push('js-heap');
  if (takeAlong(contexts, native)) explained.push('native');
  const healthy = explained.map((pool) => [pool, { ...judgements[pool], state: 'healthy' }]);
  return {
    judgements: { ...judgements, contexts, ...Object.fromEntries(healthy) },
    isContexts,
    explained,
  };
}

/**
 * A context takes native memory, too, but less of it than of the heap: what grows more slowly than
 * contexts do goes with them.
 *
 * @param {import('../index.js').Judgement} contexts
 * @param {import('../index.js').Judgement} native
 */
function takeAlong(contexts, native) {
  if (!grows(contexts) || !grows(native)) return false;
  return (native.bytesPerHour?.mid ?? 0) < (contexts.bytesPerHour?.mid ?? 0);
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
