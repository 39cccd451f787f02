'use strict';

/**
 * What is not as expected, in words: the program, what is expected, what the report says.
 *
 * @typedef {import('./run.js').Result} Result
 * @typedef {import('./judgement.js').LeakJudgement} LeakJudgement
 * @typedef {import('../..').Suspect} Suspect
 */

const path = require('node:path');

/** Suspects that are quoted; those behind them rarely say more. */
const QUOTED = 3;

/**
 * Whether the report of a program is all that is expected.
 *
 * @param {Result} result
 */
function isAsExpected({ judgement }) {
  if (judgement === null || judgement.others.length > 0) return false;
  return judgement.leaks.every(
    ({ rank, cause, owner, line }) => rank && cause && owner && line === 'first',
  );
}

/**
 * @param {Result[]} results
 * @returns {string} a paragraph for each failure
 */
function failures(results) {
  return results.filter((result) => !isAsExpected(result)).map(failure).join('\n');
}

/** @param {Result} result */
function failure({ entry, report, judgement, error }) {
  const lines = [`${entry.name}: ${entry.program.about}`];
  if (error !== null) lines.push(`  ${error.trimEnd().replaceAll('\n', '\n  ')}`);
  if (judgement !== null && report !== null) {
    if (judgement.leaks.length === 0) lines.push('  expected: nothing, it is healthy');
    for (const leak of judgement.leaks) lines.push(expectation(leak, entry.folder));
    if (report.suspects.length === 0) lines.push('  said: nothing');
    for (const suspect of report.suspects.slice(0, QUOTED)) lines.push(said(suspect, entry.folder));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * @param {LeakJudgement} leak
 * @param {string} folder
 */
function expectation({ expected, lines, suspect, cause, owner, line, rank }, folder) {
  const places = lines.map((place) => `${path.relative(folder, place.file)}:${place.line}`);
  const wrong = Object.entries({ rank, cause, owner, line: line === 'first' })
    .filter(([, isRight]) => !isRight)
    .map(([what]) => what);
  const verdict = suspect === null ? 'not found' : `wrong: ${wrong.join(', ') || 'nothing'}`;
  const { causes, owners } = expected;
  return `  expected: ${causes.join('|')}, owner ${owners.join('|')}, at ${places.join('|')} (${verdict})`;
}

/**
 * @param {Suspect} suspect
 * @param {string} folder
 */
function said({ rank, cause, owner, locations, class: members, growthBytes, countGrowth }, folder) {
  const places = locations.map(({ url, line, role }) => {
    const file = url.startsWith(folder) ? path.relative(folder, url) : url.split('/node_modules/').at(-1);
    return `${file}:${line} ${role}`;
  });
  const grown = `+${countGrowth} ${members}, ${Math.round(growthBytes / 1024)} KB`;
  return `  said ${rank}: ${cause}, owner ${owner.name} (${owner.class}), ${grown}, at ${places.join('; ') || 'nowhere'}`;
}

module.exports = { failures, isAsExpected };
