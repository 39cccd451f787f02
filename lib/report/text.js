'use strict';

const path = require('node:path');

const { bytes, count, duration, percent, rate } = require('./units.js');

/** @typedef {import('../../index.js').LeakReport} LeakReport */
/** @typedef {import('../../index.js').Suspect} Suspect */
/** @typedef {import('../../index.js').SourceLocation} SourceLocation */
/** @typedef {import('../../index.js').ReportStep} ReportStep */

/** Steps of a path that are shown: its end explains, its start is Node's. */
const SHOWN_STEPS = 8;
const SHOWN_CLASSES = 4;

/** @type {Record<string, string>} */
const ROLES = {
  function: 'written at',
  grows: 'grows at',
  declared: 'declared at',
  class: 'class at',
  contained: 'holds function at',
  scope: 'reached from',
};

/**
 * A report as text for a terminal or a log.
 *
 * @param {LeakReport} report
 * @param {{ root?: string }} [options] root: paths below it are shown relative to it
 * @returns {string}
 */
function renderText(report, { root = process.cwd() } = {}) {
  const lines = summary(report);
  for (const suspect of report.suspects) lines.push('', ...suspectLines(suspect, root));
  if (report.allocationSites?.length) lines.push('', ...siteLines(report.allocationSites, root));
  return `${lines.join('\n')}\n`;
}

/** @param {LeakReport} report */
function summary(report) {
  const { captures, survivorBytes, heapBytes, unexplainedBytes, suspects, growth } = report;
  const lines = [];
  if (growth?.bytesPerHour) {
    const { low, mid, high } = growth.bytesPerHour;
    const range = `${rate(low, bytes)} to ${rate(high, bytes)}`;
    lines.push(`${growth.pool} grows by ${rate(mid, bytes)} (${range}).`);
  }
  const grown = `${bytes(survivorBytes)} appeared and stayed, of ${bytes(heapBytes)} in all`;
  lines.push(`${captures.length} captures compared: ${grown}.`);
  lines.push(...pauseLines(captures));
  if (suspects.length === 0) lines.push('No group of objects accumulates.');
  else if (survivorBytes > 0) {
    const explained = percent(1 - unexplainedBytes / survivorBytes);
    const number = suspects.length === 1 ? '1 suspect explains' : `${suspects.length} suspects explain`;
    lines.push(`${number} ${explained} of that.`);
  }
  return lines;
}

/**
 * What the captures cost, by how they were taken.
 *
 * @param {LeakReport['captures']} captures
 */
function pauseLines(captures) {
  /** @type {Record<string, string>} */
  const how = {
    walk: 'The heap was walked in a forked process, which stopped the event loop for',
    v8: "V8's snapshots stopped the event loop for",
  };
  return Object.keys(how).flatMap((method) => {
    const pauses = captures.filter((one) => one.method === method && one.pauseMs !== null);
    const each = pauses.map(({ pauseMs }) => pause(/** @type {number} */ (pauseMs))).join(', ');
    return pauses.length === 0 ? [] : [`${how[method]} ${each}.`];
  });
}

/** @param {number} ms */
function pause(ms) {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : duration(ms / 1000);
}

/**
 * @param {Suspect} suspect
 * @param {string} root
 */
function suspectLines(suspect, root) {
  const { rank, owner, shareOfGrowth, evidence, advice, locations, histogram } = suspect;
  const title = `${rank}. ${suspect.class} held by ${owner.name} (${owner.class})`;
  const lines = [`${title}, ${percent(shareOfGrowth)} of the growth`, `   ${evidence}`];
  lines.push(`   now      ${count(suspect.count)} objects, ${bytes(suspect.bytes)}${rates(suspect)}`);
  for (const [i, { role, ...location }] of shownLocations(locations).entries()) {
    const label = i === 0 ? 'line' : '';
    lines.push(`   ${label.padEnd(8)} ${where(location, root)} (${ROLES[role] ?? role})`);
  }
  lines.push(`   path     ${shownPath(suspect.path, root)}`);
  if (histogram.length > 0) {
    const shown = histogram.slice(0, SHOWN_CLASSES);
    const parts = shown.map((line) => `${count(line.count)} ${line.class} (${bytes(line.bytes)})`);
    lines.push(`   holds    ${parts.join(', ')}`);
  }
  lines.push(`   advice   ${advice}`);
  return lines;
}

/**
 * @param {import('../../index.js').AllocationSite[]} sites
 * @param {string} root
 */
function siteLines(sites, root) {
  const lines = ['Functions whose live objects keep growing, by samples of allocations:'];
  for (const site of sites) {
    const growth = site.bytesPerHour === null ? '' : `, +${rate(site.bytesPerHour, bytes)}`;
    const ages = `allocated over ${percent(site.ageSpread)} of the time`;
    lines.push(`   allocated at ${frameText(site, root)}: ${bytes(site.bytes)} now${growth}, ${ages}`);
    const [caller] = site.callers;
    if (caller) lines.push(`      called from ${frameText(caller, root)}`);
  }
  return lines;
}

/**
 * @param {import('../../index.js').AllocationFrame} frame
 * @param {string} root
 */
function frameText(frame, root) {
  return frame.url === '' ? frame.function : `${where(frame, root)} (${frame.function})`;
}

/**
 * Functions that can reach the owner are a hint where there is nothing better.
 *
 * @param {Suspect['locations']} locations
 */
function shownLocations(locations) {
  const better = locations.filter(({ role }) => role !== 'scope');
  return better.length > 0 ? better : locations;
}

/** @param {Suspect} suspect */
function rates({ bytesPerHour, countPerHour }) {
  if (bytesPerHour === null || countPerHour === null) return '';
  return `; +${rate(countPerHour, count)}, +${rate(bytesPerHour, bytes)}`;
}

/**
 * The end of a path, without V8's tables on the way.
 *
 * @param {ReportStep[]} steps
 * @param {string} root
 */
function shownPath(steps, root) {
  const told = steps.filter((step) => !isPlumbing(step));
  const shown = told.slice(-SHOWN_STEPS).map((step, i) => stepText(step, root, i === 0));
  return `${told.length > SHOWN_STEPS ? '… ' : ''}${shown.join(' ')}`;
}

/** @param {ReportStep} step */
function isPlumbing(step) {
  return step.kind === 'internal' && ['table', 'elements', 'properties'].includes(step.edge ?? '');
}

/**
 * @param {ReportStep} step
 * @param {string} root
 * @param {boolean} isFirst
 */
function stepText(step, root, isFirst) {
  const at = step.location && !step.location.url.startsWith('node:');
  const object = at
    ? `${step.class} (${where(/** @type {SourceLocation} */ (step.location), root)})`
    : step.class;
  if (isFirst || step.edge === null) return object;
  const edge = step.edge.startsWith('[') ? step.edge : `.${step.edge}`;
  return `→ ${edge} ${object}`;
}

/**
 * `file:line:column`, the file relative to the root if it is below it.
 *
 * @param {SourceLocation} location
 * @param {string} root
 */
function where({ url, line, column }, root) {
  let file = url;
  if (url.startsWith('file://')) {
    try {
      file = require('node:url').fileURLToPath(url);
    } catch {
      // A URL of another system: shown as it is.
    }
  }
  const relative = path.relative(root, file);
  const isBelow = path.isAbsolute(file) && relative !== '' && !relative.startsWith('..');
  return `${isBelow ? relative : file}:${line}:${column}`;
}

module.exports = { ROLES, renderText, shownLocations, shownPath, where };
