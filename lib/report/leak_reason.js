'use strict';

const { bytes, duration, durations, rate } = require('./units.js');

const POOL_NAMES = {
  'js-heap': 'JavaScript heap',
  'array-buffers': 'array buffers',
  external: 'external memory',
  native: 'native memory',
  contexts: 'contexts',
};

/** What a leak is, where the name of the pool does not say it. @type {Record<string, string>} */
const WHAT = {
  rest: '. It belongs to no JavaScript object: an addon, or fragmentation of the allocator',
  external: '. Strings and other objects hold it; captures show them without it',
  malloced: ". V8 itself allocated it",
  'global-handles': '. It is global handles: an addon holds on to JavaScript objects',
  contexts: '. Contexts (vm.createContext and the like) are created and stay',
};

/**
 * One sentence on what grows and how fast, and why there is no diagnosis if there is none.
 *
 * @param {keyof typeof POOL_NAMES} pool
 * @param {import('../../index.js').PoolJudgement} judgement
 * @param {{ report: import('../../index.js').LeakReport | null, refused: Error | null,
 *   allocationSites: import('../../index.js').AllocationSite[] | null }} diagnosis
 */
function leakReason(pool, judgement, { report, refused, allocationSites }) {
  const { growthBytes, startMs, endMs, bytesPerHour, timeToLimitSeconds, part } = judgement;
  const over = duration(Math.max(0, (endMs - startMs) / 1000));
  let reason = `${sentence(POOL_NAMES[pool])} growth of ${bytes(growthBytes)} over ${over}`;
  if (bytesPerHour !== null) reason += ` - ${rate(bytesPerHour.mid, bytes)}`;
  if (timeToLimitSeconds !== null) {
    reason += `, limit in ${durations(timeToLimitSeconds)}`;
  }
  reason += WHAT[part ?? pool] ?? '';
  const first = report?.suspects[0];
  if (first) reason += `. ${first.evidence}`;
  else if (report) reason += '. Captures were compared: no group of objects stands out.';
  else if (refused) reason += `. No diagnosis: ${refused.message}`;
  const site = allocationSites?.[0];
  if (site && !first) reason += `. Most of what stays is allocated in ${site.function} at ${site.url}:${site.line}`;
  return reason;
}

/** @param {string} words */
function sentence(words) {
  return words[0].toUpperCase() + words.slice(1);
}

module.exports = { leakReason, POOL_NAMES };
