'use strict';

/**
 * Compares a report with what is expected of it.
 *
 * A suspect is about a leak if it names its owner or one of its lines. Where a program has one leak
 * only, the right cause will do.
 *
 * @typedef {import('../..').LeakReport} LeakReport
 * @typedef {import('../..').Suspect} Suspect
 *
 * @typedef {{
 *   expected: import('./corpus.js').ExpectedLeak,
 *   lines: { file: string, line: number }[],
 *   suspect: Suspect | null,
 *   cause: boolean,
 *   owner: boolean,
 *   line: 'first' | 'listed' | 'no',
 *   rank: boolean,
 * }} LeakJudgement
 *   `suspect`: the best one that is about the leak. `line`: whether the line at fault is the first of
 *   the suspect's locations, or another one. `rank`: whether it is among the first N of N leaks.
 *
 * @typedef {{ leaks: LeakJudgement[], others: Suspect[] }} Judgement
 *   `others`: suspects that are about none of the leaks.
 */

const { faultyLines } = require('./corpus.js');

/**
 * @param {import('./corpus.js').Entry} entry
 * @param {LeakReport} report
 * @returns {Judgement}
 */
function judge({ folder, program }, report) {
  const { suspects } = report;
  const expected = program.leaks.map((leak) => ({ leak, lines: linesOf(folder, leak) }));
  const isAlone = expected.length === 1;
  /** @type {LeakJudgement[]} */
  const leaks = [];
  /** @type {Set<Suspect>} */
  const told = new Set();
  for (const { leak, lines } of expected) {
    const about = suspects.filter((suspect) => isAbout(suspect, leak, lines, isAlone));
    for (const suspect of about) told.add(suspect);
    const [best] = about.sort((a, b) => fit(b, leak, lines) - fit(a, leak, lines));
    leaks.push(judgedLeak(leak, lines, best ?? null, expected.length));
  }
  return { leaks, others: suspects.filter((suspect) => !told.has(suspect)) };
}

/**
 * @param {string} folder
 * @param {import('./corpus.js').ExpectedLeak} leak
 */
function linesOf(folder, leak) {
  const lines = faultyLines(folder, leak.mark);
  if (lines.length === 0) throw new Error(`${folder}: no line is marked for ${leak.mark ?? 'the leak'}`);
  return lines;
}

/**
 * @param {Suspect} suspect
 * @param {import('./corpus.js').ExpectedLeak} leak
 * @param {{ file: string, line: number }[]} lines
 * @param {boolean} isAlone
 */
function isAbout(suspect, leak, lines, isAlone) {
  const hasCause = suspect.cause !== null && leak.causes.includes(suspect.cause);
  return hasOwner(suspect, leak) || lineOf(suspect, lines) !== 'no' || (isAlone && hasCause);
}

/**
 * How well a suspect fits a leak: leaks that are written side by side share lines.
 *
 * @param {Suspect} suspect
 * @param {import('./corpus.js').ExpectedLeak} leak
 * @param {{ file: string, line: number }[]} lines
 */
function fit(suspect, leak, lines) {
  if (hasOwner(suspect, leak)) return 2;
  return lineOf(suspect, lines) === 'first' ? 1 : 0;
}

/**
 * @param {import('./corpus.js').ExpectedLeak} expected
 * @param {{ file: string, line: number }[]} lines
 * @param {Suspect | null} suspect
 * @param {number} count leaks of the program
 * @returns {LeakJudgement}
 */
function judgedLeak(expected, lines, suspect, count) {
  if (suspect === null) {
    return { expected, lines, suspect, cause: false, owner: false, line: 'no', rank: false };
  }
  return {
    expected,
    lines,
    suspect,
    cause: suspect.cause !== null && expected.causes.includes(suspect.cause),
    owner: hasOwner(suspect, expected),
    line: lineOf(suspect, lines),
    rank: suspect.rank <= count,
  };
}

/**
 * Whether a part of the owner's name, or its class, is one of the names expected; or nobody but a
 * root of the heap holds what is expected to accumulate.
 *
 * @param {Suspect} suspect
 * @param {import('./corpus.js').ExpectedLeak} leak
 */
function hasOwner({ owner, class: member }, { owners, members = [] }) {
  const parts = owner.name.split(/[^\w$#]+/).concat(owner.class);
  const isRoot = owner.class.startsWith('(');
  return owners.some((name) => parts.includes(name)) || (isRoot && members.includes(member));
}

/**
 * @param {Suspect} suspect
 * @param {{ file: string, line: number }[]} lines
 * @returns {'first' | 'listed' | 'no'}
 */
function lineOf({ locations }, lines) {
  // Functions that can reach the owner are told where nothing better is known.
  const told = locations.filter(({ role }, i) => i === 0 || role !== 'scope');
  // What was compiled is told by its source.
  const written = told.map((location) => location.original ?? location);
  const isFaulty = written.map(({ url, line }) =>
    lines.some((faulty) => faulty.line === line && pathOf(url) === faulty.file),
  );
  if (isFaulty[0]) return 'first';
  return isFaulty.includes(true) ? 'listed' : 'no';
}

/** @param {string} url ES modules have URLs */
function pathOf(url) {
  return url.startsWith('file:') ? new URL(url).pathname : url;
}

module.exports = { judge };
