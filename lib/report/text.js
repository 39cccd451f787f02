'use strict';

const { footnotes, headline, sizeText } = require('./headline.js');
const { pathText } = require('./path_text.js');
const { placeText } = require('./place_text.js');
const { colours, hasColours, widthOf, wrapped } = require('./terminal.js');
const { toldLines } = require('./told_lines.js');
const { bytes, count, percent, rate } = require('./units.js');

/** @typedef {import('../../index.js').LeakReport} LeakReport */
/** @typedef {import('../../index.js').Suspect} Suspect */
/** @typedef {import('../../index.js').LargeObjects} LargeObjects */
/** @typedef {import('../../index.js').SourceLocation} SourceLocation */
/** @typedef {{ root: string, width: number, paint: import('./terminal.js').Colours }} Page */

const SHOWN_CLASSES = 4;
/** Of labels, and of the indentation of what they label. */
const LABEL = 9;
const INDENT = '   ';

/**
 * A report as text for a terminal or a log.
 *
 * @param {LeakReport} report
 * @param {import('../../index.js').RenderTextOptions} [options]
 * @returns {string}
 */
function renderText(report, { root = process.cwd(), stream, width, color } = {}) {
  // Without a stream nobody said that it goes to a terminal: a log gets no colours.
  const isColoured = color ?? (stream !== undefined && hasColours(stream, process.env));
  /** @type {Page} */
  const page = {
    root,
    width: widthOf(width ?? (stream?.isTTY ? stream.columns : undefined)),
    paint: colours(isColoured),
  };
  const lines = verdictLines(report, page);
  for (const suspect of report.suspects) lines.push('', ...suspectLines(suspect, page));
  for (const large of report.large) lines.push('', ...largeLines(large, page));
  if (report.allocationSites?.length) lines.push('', ...siteLines(report.allocationSites, page));
  lines.push('');
  for (const note of footnotes(report)) lines.push(...wrapped(note, page.width, '').map(page.paint.dim));
  return `${lines.join('\n')}\n`;
}

/**
 * @param {LeakReport} report
 * @param {Page} page
 */
function verdictLines(report, { width, paint }) {
  const { verdict, summary, isLeak } = headline(report);
  const [first, ...rest] = wrapped(`${verdict}: ${summary}`, width, '');
  const colour = isLeak ? paint.red : paint.green;
  return [paint.bold(colour(verdict)) + first.slice(verdict.length), ...rest];
}

/**
 * @param {Suspect} suspect
 * @param {Page} page
 */
function suspectLines(suspect, page) {
  const { rank, owner, evidence, advice } = suspect;
  const title = `${rank}. ${suspect.class} held by ${owner.name} (${owner.class})`;
  return [
    ...heading(title, page),
    ...paragraph(evidence, page),
    ...locationLines(suspect.locations, page),
    ...labelled('advice', advice, page),
    ...labelled('now', sizeText(suspect), page),
    ...holdingLines(suspect, page),
  ];
}

/**
 * @param {LargeObjects} large
 * @param {Page} page
 */
function largeLines(large, page) {
  const { rank, owner, evidence, advice, shareOfHeap } = large;
  const title = `${rank}. ${large.class} held by ${owner.name} (${owner.class})`;
  return [
    ...heading(`${title}, ${percent(shareOfHeap)} of the heap`, page),
    ...paragraph(evidence, page),
    ...locationLines(large.locations, page),
    ...labelled('advice', advice, page),
    ...holdingLines(large, page),
  ];
}

/**
 * @param {import('../../index.js').ReportLocation[]} locations
 * @param {Page} page
 */
function locationLines(locations, page) {
  return toldLines(locations).flatMap(({ location, role }, i) =>
    labelled(i === 0 ? 'line' : '', `${placeText(location, page.root)} (${role})`, page),
  );
}

/**
 * @param {Suspect | LargeObjects} held
 * @param {Page} page
 */
function holdingLines({ path, histogram, examples }, page) {
  const lines = labelled('path', pathText(path, page.root), page);
  if (histogram.length > 0) {
    const shown = histogram.filter((line) => line.bytes > 0).slice(0, SHOWN_CLASSES);
    const parts = shown.map((line) => `${count(line.count)} ${line.class} (${bytes(line.bytes)})`);
    lines.push(...labelled('holds', parts.join(', '), page));
  }
  if (examples.length > 0) lines.push(...labelled('such as', examples.join(', '), page));
  return lines;
}

/**
 * @param {import('../../index.js').AllocationSite[]} sites
 * @param {Page} page
 */
function siteLines(sites, page) {
  const lines = ['Functions whose live objects keep growing, by samples of allocations:'];
  for (const site of sites) {
    const growth = site.bytesPerHour === null ? '' : `, +${rate(site.bytesPerHour, bytes)}`;
    const ages = `allocated over ${percent(site.ageSpread)} of the time`;
    const text = `allocated at ${frameText(site, page.root)}: ${bytes(site.bytes)} now${growth}, ${ages}`;
    lines.push(...paragraph(text, page));
    const [caller] = site.callers;
    if (caller) lines.push(`${INDENT}${INDENT}called from ${frameText(caller, page.root)}`);
  }
  return lines;
}

/**
 * @param {import('../../index.js').AllocationFrame} frame
 * @param {string} root
 */
function frameText(frame, root) {
  return frame.url === '' ? frame.function : `${placeText(frame, root)} (${frame.function})`;
}

/**
 * @param {string} text
 * @param {Page} page
 */
function heading(text, { width, paint }) {
  return wrapped(text, width, INDENT).map(paint.bold);
}

/**
 * @param {string} text
 * @param {Page} page
 */
function paragraph(text, { width }) {
  const [first, ...rest] = wrapped(text, width, INDENT);
  return [INDENT + first, ...rest];
}

/**
 * @param {string} label
 * @param {string} text
 * @param {Page} page
 */
function labelled(label, text, { width, paint }) {
  const indent = INDENT + ' '.repeat(LABEL);
  const [first, ...rest] = wrapped(text, width, indent);
  return [INDENT + paint.dim(label.padEnd(LABEL)) + first, ...rest];
}

module.exports = { renderText };
