'use strict';

const { bytes, count } = require('../report/units.js');
const { pathOfProgram } = require('./path_of_program.js');
const { pathText } = require('../report/path_text.js');
const { placeText } = require('../report/place_text.js');
const { toldLines } = require('../report/told_lines.js');

/**
 * What a failed leak test says: class, count and bytes for each iteration, the line, the retaining
 * path, the cause and what to do; then how sure it is and how to repeat it.
 *
 * @typedef {import('../../test.js').Leak} Leak
 * @typedef {import('../../test.js').LeakTestResult} LeakTestResult
 */

/** More leaks make nobody wiser: one often explains the others. */
const SHOWN_LEAKS = 5;

/**
 * @param {LeakTestResult} result with leaks
 * @param {string} [root] paths below it are shown relative to it
 */
function leakMessage({ leaks, rounds, seed, falseAlarmBound }, root = process.cwd()) {
  const shown = leaks.slice(0, SHOWN_LEAKS);
  const lines = [`this code leaks: ${shown.map(amount).join('; ')}`];
  for (const leak of shown) lines.push('', ...leakLines(leak, root));
  if (leaks.length > shown.length) lines.push('', `  and ${leaks.length - shown.length} more`);
  const { name, growth } = mainCount(leaks[0]);
  lines.push(
    '',
    `  ${name} grew by ${growth.join(', ')} in rounds of ${rounds.at(-1)?.join(', ')} iterations,`,
    `  in random order and confirmed by a second one; by chance less often than ${probability(falseAlarmBound)}.`,
    `  The same order again: { seed: ${seed} }`,
  );
  return lines.join('\n');
}

/** @param {Leak} leak */
function mainCount({ class: ofClass, counts }) {
  return counts.find(({ name }) => name === ofClass) ?? counts[0];
}

/** @param {Leak} leak */
function amount(leak) {
  return `${rate(leak.perIteration)} ${leak.class} (${bytes(leak.bytesPerIteration)}) an iteration`;
}

/** @param {number} perIteration */
function rate(perIteration) {
  return perIteration >= 10 ? count(perIteration) : String(Math.round(perIteration * 100) / 100);
}

/**
 * @param {Leak} leak
 * @param {string} root
 */
function leakLines(leak, root) {
  const holder = leak.owner === null ? '' : ` held by ${leak.owner.name} (${leak.owner.class})`;
  const lines = [`  ${leak.class}${holder}`];
  for (const [i, { location, role }] of toldLines(leak.locations).entries()) {
    lines.push(`    ${(i === 0 ? 'line' : '').padEnd(8)} ${placeText(location, root)} (${role})`);
  }
  if (leak.path.length > 0) lines.push(`    path     ${pathText(pathOfProgram(leak.path), root)}`);
  if (leak.cause !== null) lines.push(`    cause    ${leak.cause}`);
  lines.push(`    evidence ${leak.evidence}`, `    advice   ${leak.advice}`);
  return lines;
}

/** @param {number} bound */
function probability(bound) {
  return bound === 0 ? 'any count' : `once in ${count(Math.round(1 / bound))} tests`;
}

module.exports = { leakMessage };
