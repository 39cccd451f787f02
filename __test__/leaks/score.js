'use strict';

/**
 * How many of the results are right, and the floor that they must not fall below.
 *
 * @typedef {{ what: keyof typeof FLOOR, right: number, of: number }} Score
 */

/** Parts that must be right, 0..1. Raise them with the rules: nothing may get worse. */
const FLOOR = {
  'found': 0.9,
  'rank right': 0.9,
  'cause right': 0.85,
  'owner right': 0.85,
  'line right': 0.85,
  'no others': 0.9,
  'healthy silent': 0.9,
};

/**
 * @param {import('./run.js').Result[]} results
 * @returns {Score[]}
 */
function scoresOf(results) {
  const judgements = results.flatMap(({ judgement }) => judgement ?? []);
  const leaking = judgements.filter(({ leaks }) => leaks.length > 0);
  const healthy = judgements.filter(({ leaks }) => leaks.length === 0);
  const leaks = leaking.flatMap((judgement) => judgement.leaks);
  /** @param {(leak: import('./judgement.js').LeakJudgement) => boolean} isRight */
  const count = (isRight) => leaks.filter(isRight).length;
  /** @param {import('./judgement.js').Judgement[]} some */
  const withoutOthers = (some) => some.filter(({ others }) => others.length === 0).length;
  return [
    { what: 'found', right: count(({ suspect }) => suspect !== null), of: leaks.length },
    { what: 'rank right', right: count(({ rank }) => rank), of: leaks.length },
    { what: 'cause right', right: count(({ cause }) => cause), of: leaks.length },
    { what: 'owner right', right: count(({ owner }) => owner), of: leaks.length },
    { what: 'line right', right: count(({ line }) => line === 'first'), of: leaks.length },
    { what: 'no others', right: withoutOthers(leaking), of: leaking.length },
    { what: 'healthy silent', right: withoutOthers(healthy), of: healthy.length },
  ];
}

/**
 * @param {Score[]} scores
 * @returns {string[]} what is worse than the floor, in words
 */
function belowFloor(scores) {
  return scores.flatMap(({ what, right, of }) => {
    const isWorse = right < FLOOR[what] * of;
    return isWorse ? [`${what}: ${right} of ${of} is below the floor of ${FLOOR[what]}`] : [];
  });
}

module.exports = { belowFloor, scoresOf };
