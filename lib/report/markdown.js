'use strict';

const { footnotes, headline, sizeText } = require('./headline.js');
const { pathText } = require('./path_text.js');
const { placeText } = require('./place_text.js');
const { toldLines } = require('./told_lines.js');
const { bytes, count, percent } = require('./units.js');

/** @typedef {import('../../index.js').LeakReport} LeakReport */
/** @typedef {import('../../index.js').Suspect} Suspect */
/** @typedef {import('../../index.js').LargeObjects} LargeObjects */

/** More than the first few belong into the JSON: the text is for an issue, or a prompt. */
const DEFAULT_SUSPECTS = 3;
const SHOWN_LINES = 3;
const SHOWN_CLASSES = 3;

/**
 * A report as short Markdown, for an issue tracker or a language model.
 *
 * @param {LeakReport} report
 * @param {import('../../index.js').RenderMarkdownOptions} [options]
 * @returns {string}
 */
function renderMarkdown(report, { root = process.cwd(), maxSuspects = DEFAULT_SUSPECTS } = {}) {
  const { verdict, summary } = headline(report);
  const lines = [`## ${verdict}`, '', prose(sentence(summary))];
  const told = [...report.suspects, ...report.large];
  for (const one of told.slice(0, maxSuspects)) lines.push('', ...section(one, root));
  if (told.length > maxSuspects) lines.push('', `${told.length - maxSuspects} more are in the full report.`);
  lines.push('', ...footnotes(report).map((note) => `<sub>${prose(note)}</sub>`));
  return `${lines.join('\n')}\n`;
}

/**
 * @param {Suspect | LargeObjects} held
 * @param {string} root
 */
function section(held, root) {
  const { rank, owner, evidence, advice, locations, histogram, path, fingerprint } = held;
  const lines = [
    `### ${rank}. ${code(held.class)} held by ${code(owner.name)} (${code(owner.class)})`,
    '',
    prose(evidence),
    '',
    `- **Do:** ${prose(advice)}`,
    ...toldLines(locations)
      .slice(0, SHOWN_LINES)
      .map(({ location, role }) => `- **Line:** ${code(placeText(location, root))} (${role})`),
    `- **Size:** ${'shareOfGrowth' in held ? sizeText(held) : `${bytes(held.bytes)}, ${percent(held.shareOfHeap)} of the heap`}`,
    `- **Path:** ${code(pathText(path, root))}`,
  ];
  if (histogram.length > 0) {
    const shown = histogram.filter((line) => line.bytes > 0).slice(0, SHOWN_CLASSES);
    const parts = shown.map((line) => `${count(line.count)} ${code(line.class)} (${bytes(line.bytes)})`);
    lines.push(`- **Holds:** ${parts.join(', ')}`);
  }
  if (held.examples.length > 0) lines.push(`- **Such as:** ${held.examples.map(code).join(', ')}`);
  lines.push(`- **Fingerprint:** ${code(fingerprint)}`);
  return lines;
}

/**
 * A text as code, whatever backticks it has.
 *
 * @param {string} text
 */
function code(text) {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${text}${pad}${fence}`;
}

/**
 * A sentence whose backticks are code and whose other characters mean nothing to Markdown.
 *
 * @param {string} text
 */
function prose(text) {
  const parts = text.split('`');
  const isEven = parts.length % 2 === 1;
  return parts
    .map((part, i) => (isEven && i % 2 === 1 ? `\`${part}\`` : part.replace(/[\\<>*_[\]|#]/g, '\\$&')))
    .join(isEven ? '' : '\\`');
}

/** @param {string} words */
function sentence(words) {
  return words[0].toUpperCase() + words.slice(1);
}

module.exports = { renderMarkdown };
