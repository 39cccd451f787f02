'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * What is right about the demo's report is known beforehand: the leaks were put there.
 */

const SERVICE = path.join(__dirname, '..', 'order-service');

/** The file of each leak and the code on its line. */
const PLANTED = [
  { file: 'orders.js', code: "bus.on('shipped'" },
  { file: 'receipts.js', code: 'receipts.set(' },
];

/** Files whose collections churn or fill up, but do not leak. */
const HEALTHY = ['catalogue.js', 'sessions.js'];

/**
 * @typedef {import('../..').LeakReport} LeakReport
 * @typedef {LeakReport['suspects'][number]} Suspect
 * @typedef {{ right: boolean, text: string }} Check
 */

/**
 * @param {LeakReport} report
 * @returns {Check[]} one for each leak, and one for the look-alikes
 */
function checkSuspects(report) {
  const firstSuspects = report.suspects.slice(0, PLANTED.length);
  const found = PLANTED.map(({ file, code }) => {
    const line = lineOf(file, code);
    const suspect = firstSuspects.find((candidate) => pointsTo(candidate, file, line));
    const outcome = suspect ? `suspect ${suspect.rank}` : 'not among the first suspects';
    return { right: suspect !== undefined, text: `leak at ${file}:${line}: ${outcome}` };
  });
  return [...found, checkLookAlikes(report)];
}

/**
 * @param {LeakReport} report
 * @returns {Check}
 */
function checkLookAlikes({ suspects }) {
  const blamed = HEALTHY.filter((file) => suspects.some((suspect) => isHeldBy(suspect, file)));
  const outcome = blamed.length === 0 ? 'not blamed' : `blamed: ${blamed.join(', ')}`;
  return { right: blamed.length === 0, text: `look-alikes (${HEALTHY.join(', ')}): ${outcome}` };
}

/**
 * @param {string} file
 * @param {string} code
 */
function lineOf(file, code) {
  const lines = fs.readFileSync(path.join(SERVICE, file), 'utf8').split('\n');
  return lines.findIndex((line) => line.includes(code)) + 1;
}

/**
 * @param {Suspect} suspect
 * @param {string} file
 * @param {number} line
 */
function pointsTo(suspect, file, line) {
  return suspect.locations.some((location) => isIn(location, file) && location.line === line);
}

/**
 * @param {Suspect} suspect
 * @param {string} file
 */
function isHeldBy(suspect, file) {
  return suspect.locations.some((location) => isIn(location, file));
}

/**
 * @param {{ url: string }} location
 * @param {string} file
 */
function isIn(location, file) {
  return location.url.endsWith(`order-service/${file}`);
}

module.exports = { checkSuspects };
