'use strict';

const path = require('node:path');

const OWN_FOLDER = path.join(__dirname, path.sep);

/**
 * A path from where the program begins: a leak test holds the workload, too, and steps through our own
 * objects say nothing.
 *
 * @param {import('../../index.js').ReportStep[]} steps
 */
function pathOfProgram(steps) {
  const last = steps.findLastIndex(({ location }) => location?.url.startsWith(OWN_FOLDER));
  return steps.slice(last + 1);
}

module.exports = { pathOfProgram };
