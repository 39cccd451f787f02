'use strict';

/**
 * A report as one JSON document, as `leak-report.schema.json` describes it.
 *
 * @param {import('../../index.js').LeakReport} report
 * @returns {string}
 */
function renderJson(report) {
  return `${JSON.stringify(report, null, 2)}\n`;
}

module.exports = { renderJson };
