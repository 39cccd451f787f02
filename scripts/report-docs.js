'use strict';

/**
 * Runs the programs whose reports docs/REPORTS.md shows, and puts the reports there.
 *
 *     node scripts/report-docs.js
 *
 * A block follows a comment that says what it is: `<!-- report: NAME compared -->`, a program of
 * `__test__/leaks/programs` whose captures are compared, or `<!-- report: NAME one-capture -->`.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const DOCS = path.join(ROOT, 'docs', 'REPORTS.md');
const CHILD = path.join(ROOT, '__test__', 'programs', 'render_corpus_report.js');
const BLOCK = /<!-- report: (\S+) (\S+) -->\n```text\n([^]*?)```/g;

/** @typedef {{ program: string, kind: string, text: string }} ShownReport */

/** @returns {ShownReport[]} the reports in the page */
function shownReports() {
  const page = fs.readFileSync(DOCS, 'utf8');
  return [...page.matchAll(BLOCK)].map(([, program, kind, text]) => ({ program, kind, text }));
}

/**
 * A program's report as it is today, by the Node that runs this.
 *
 * @param {string} program
 * @param {string} kind
 */
function reportText(program, kind) {
  return execFileSync(process.execPath, [CHILD, program, kind], { encoding: 'utf8' });
}

if (require.main === module) {
  const page = fs.readFileSync(DOCS, 'utf8');
  fs.writeFileSync(DOCS, page.replace(BLOCK, (_, program, kind) =>
    `<!-- report: ${program} ${kind} -->\n\`\`\`text\n${reportText(program, kind)}\`\`\``));
}

module.exports = { reportText, shownReports };
