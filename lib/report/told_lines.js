'use strict';

/** Which source lines of a suspect are told, and what each of them is. */

/** @typedef {import('../../index.js').ReportLocation} ReportLocation */

/** @type {Record<ReportLocation['role'], string>} */
const ROLES = {
  function: 'written at',
  grows: 'grows at',
  calls: 'used at',
  declared: 'declared at',
  class: 'class at',
  contained: 'holds function at',
  scope: 'reached from',
};

/**
 * Functions that can reach the owner are a hint where there is nothing better.
 *
 * @param {ReportLocation[]} locations
 * @returns {{ location: ReportLocation, role: string }[]}
 */
function toldLines(locations) {
  const better = locations.filter(({ role }) => role !== 'scope');
  const told = better.length > 0 ? better : locations;
  return told.map((location) => ({ location, role: ROLES[location.role] ?? location.role }));
}

module.exports = { toldLines };
