'use strict';

/** Numbers as people read them. */

/** @param {number} bytes */
function bytes(bytes) {
  const sign = bytes < 0 ? '-' : '';
  let value = Math.abs(bytes);
  for (const unit of ['bytes', 'KB', 'MB', 'GB']) {
    if (value < 1023.5 || unit === 'GB') {
      return `${sign}${value < 9.95 && unit !== 'bytes' ? value.toFixed(1) : Math.round(value)} ${unit}`;
    }
    value /= 1024;
  }
  return `${sign}${Math.round(value)} GB`;
}

/** @param {number} number */
function count(number) {
  return Math.round(number).toLocaleString('en-US');
}

/**
 * A rate in the unit in which it is a handy number.
 *
 * @param {number} perHour
 * @param {(amount: number) => string} format
 */
function rate(perHour, format) {
  const enough = format === bytes ? 10 * 1024 : 1;
  if (perHour / 3600 >= enough) return `${format(perHour / 3600)}/s`;
  if (perHour / 60 >= enough) return `${format(perHour / 60)}/min`;
  return `${format(perHour)}/h`;
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 72 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/**
 * A range of times; one time if both ends read the same.
 *
 * @param {{ low: number, high: number }} seconds
 */
function durations({ low, high }) {
  const [from, to] = [duration(low), duration(high)];
  return from === to ? `about ${from}` : `${from} to ${to}`;
}

/** @param {number} part 0..1 */
function percent(part) {
  return `${Math.round(part * 100)} %`;
}

module.exports = { bytes, count, duration, durations, percent, rate };
