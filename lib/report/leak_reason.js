'use strict';

const { bytes, duration, durations, rate } = require('./units.js');

const POOL_NAMES = { 'js-heap': 'JavaScript heap', external: 'external memory' };

/**
 * One sentence on what grows and how fast, and why there is no diagnosis if there is none.
 *
 * @param {keyof typeof POOL_NAMES} pool
 * @param {import('../../index.js').Judgement} judgement
 * @param {import('../../index.js').LeakReport | null} report
 * @param {Error | null} refused
 */
function leakReason(pool, judgement, report, refused) {
  const { growthBytes, startMs, endMs, bytesPerHour, timeToLimitSeconds } = judgement;
  const over = duration(Math.max(0, (endMs - startMs) / 1000));
  let reason = `${POOL_NAMES[pool]} growth of ${bytes(growthBytes)} over ${over}`;
  if (bytesPerHour !== null) reason += ` - ${rate(bytesPerHour.mid, bytes)}`;
  if (timeToLimitSeconds !== null) {
    reason += `, limit in ${durations(timeToLimitSeconds)}`;
  }
  const first = report?.suspects[0];
  if (first) reason += `. ${first.evidence}`;
  else if (report) reason += '. Captures were compared: no group of objects stands out.';
  else if (refused) reason += `. No diagnosis: ${refused.message}`;
  return reason;
}

module.exports = { leakReason };
