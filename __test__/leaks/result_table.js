'use strict';

/**
 * The results as a table in Markdown that also reads well as it is: a row for each leak, and for each
 * healthy program.
 */

const HEAD = ['program', 'expected', 'found', 'rank', 'cause', 'owner', 'line', 'others', 'seconds'];

/**
 * @param {import('./run.js').Result[]} results
 * @returns {string}
 */
function resultTable(results) {
  const rows = [HEAD, HEAD.map(() => ''), ...results.flatMap(rowsOf)];
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map((row, i) => row.map((cell, j) => cell.padEnd(widths[j], i === 1 ? '-' : ' ')))
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/**
 * @param {import('./run.js').Result} result
 * @returns {string[][]}
 */
function rowsOf({ entry: { name }, judgement, seconds }) {
  const took = seconds.toFixed(1);
  if (judgement === null) return [[name, '', 'failed', '', '', '', '', '', took]];
  const others = String(judgement.others.length);
  if (judgement.leaks.length === 0) {
    return [[name, 'healthy', '', '', '', '', '', others, took]];
  }
  return judgement.leaks.map(({ expected, suspect, cause, owner, line }) => {
    const first = [name, expected.causes[0]];
    if (suspect === null) return [...first, 'no', '', '', '', '', others, took];
    const rank = String(suspect.rank);
    const lineText = { first: 'yes', listed: 'listed', no: 'no' }[line];
    return [...first, 'yes', rank, yesNo(cause), yesNo(owner), lineText, others, took];
  });
}

/** @param {boolean} is */
const yesNo = (is) => (is ? 'yes' : 'no');

module.exports = { resultTable };
