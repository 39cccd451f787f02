'use strict';

/** The reports in docs/REPORTS.md are what the programs give today, but for numbers. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { reportText, shownReports } = require('../scripts/report-docs.js');

const shown = shownReports();

/**
 * Titles, evidence, lines and advice of a report: sizes, rates, what V8 has on the way to an object and
 * the cost of the captures differ from run to run and from Node to Node.
 *
 * @param {string} text
 */
function lasting(text) {
  const entries = text.split('\n\n').filter((entry) => /^\d+\. /.test(entry));
  return entries.map((entry) => {
    const until = entry.search(/^ {3}(now|path) /m);
    return entry.slice(0, until).replace(/\s+/g, ' ').replace(/[\d.,]+ (bytes|KB|MB|%)/g, 'N $1');
  });
}

test('there are reports to look at', () => {
  assert.ok(shown.length >= 3, `${shown.length} reports`);
});

for (const { program, kind, text } of shown) {
  test(`the report of ${program}, ${kind}, is that of the page`, () => {
    const [first] = lasting(text);
    assert.ok(first, text);
    assert.equal(lasting(reportText(program, kind))[0], first, 'run node scripts/report-docs.js');
  });
}
