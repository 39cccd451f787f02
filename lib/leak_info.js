'use strict';

const { processLabel } = require('./process_label.js');
const { leakReason } = require('./report/leak_reason.js');

/**
 * What the events `suspect`, `leak` and `recovered` tell.
 *
 * @param {import('../index.js').Pool} pool
 * @param {import('../index.js').PoolJudgement} judgement
 * @param {{ report?: import('../index.js').LeakReport | null, refused?: Error | null,
 *   allocationSites?: import('../index.js').AllocationSite[] | null }} [diagnosis] `refused`: why
 *   there is no report
 * @returns {import('../index.js').LeakInfo}
 */
function leakInfo(pool, judgement, { report = null, refused = null, allocationSites = null } = {}) {
  return {
    pool,
    part: judgement.part,
    growth: judgement.growthBytes,
    reason: leakReason(pool, judgement, { report, refused, allocationSites }),
    start: new Date(judgement.startMs),
    end: new Date(judgement.endMs),
    bytesPerHour: judgement.bytesPerHour,
    confidence: judgement.confidence,
    current: judgement.currentBytes,
    limit: judgement.limitBytes,
    timeToLimit: judgement.timeToLimitSeconds,
    label: processLabel(),
    report,
    allocationSites,
    fingerprint: report?.suspects[0]?.fingerprint ?? poolFingerprint(pool, judgement.part),
  };
}

/**
 * Without suspects, a leak is known by what grows.
 *
 * @param {string} pool
 * @param {string | null} part
 */
function poolFingerprint(pool, part) {
  return part === null ? `pool:${pool}` : `pool:${pool}:${part}`;
}

module.exports = { leakInfo };
