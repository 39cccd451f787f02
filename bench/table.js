'use strict';

/**
 * Numbers as a benchmark prints them: medians with their spread, and tables in Markdown.
 */

/**
 * @param {number[]} values at least one
 * @returns {{ min: number, median: number, max: number }}
 */
function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1] };
}

/**
 * The smallest value that so large a share of all does not exceed.
 *
 * @param {number[]} values at least one
 * @param {number} share above 0, up to 1
 */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1];
}

/** Of a normal distribution, 95 % are so many standard deviations around the mean. */
const Z_95 = 1.96;

/**
 * The 95 % interval of the median, by ranks: half of all values are below the median, give or take.
 *
 * @param {number[]} values at least one
 * @returns {[low: number, high: number]}
 */
function medianInterval(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(0, Math.floor((sorted.length - Z_95 * Math.sqrt(sorted.length)) / 2));
  return [sorted[rank], sorted[sorted.length - 1 - rank]];
}

/**
 * `median (min-max)`.
 *
 * @param {number[]} values
 * @param {(value: number) => string} format
 */
function withSpread(values, format) {
  const { min, median, max } = spreadOf(values);
  return `${format(median)} (${format(min)}-${format(max)})`;
}

/** @param {number} ms */
const milliseconds = (ms) => ms.toFixed(1);

/** @param {number} ms */
const seconds = (ms) => (ms / 1000).toFixed(2);

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);

/**
 * @param {number} part
 * @param {number} whole
 */
const ratio = (part, whole) => (whole > 0 ? `${(part / whole).toFixed(2)}x` : '-');

/**
 * @param {string[]} head the first column is text, the others are numbers
 * @param {string[][]} rows
 * @returns {string} a table in Markdown that also reads well as it is
 */
function table(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  /** @param {string[]} cells */
  const line = (cells) => `| ${cells.join(' | ')} |`;
  /** @param {string[]} row */
  const padded = (row) =>
    row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])));
  const rule = widths.map((width, i) => (i ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [head, rule, ...rows].map((row) => line(padded(row))).join('\n');
}

module.exports = {
  medianInterval,
  megabytes,
  milliseconds,
  quantile,
  ratio,
  seconds,
  spreadOf,
  table,
  withSpread,
};
