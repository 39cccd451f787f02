'use strict';

/** Between two lines where the output is not a terminal. */
const LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 250;

/** @typedef {import('../..').Stats} Stats */

/** @type {Record<import('../..').GrowthState, string>} */
const STATES = {
  learning: 'learning',
  healthy: 'healthy',
  suspect: 'suspected leak',
  confirmed: 'confirmed: comparing heaps',
};

/**
 * One line on stderr: in place on a terminal, otherwise a new one every few seconds.
 */
class Progress {
  constructor() {
    this.startedAt = Date.now();
    this.inPlace = process.stderr.isTTY === true;
    this.state = 'starting';
    this.requestsPerSecond = 0;
    /** @type {Stats | null} */
    this.stats = null;
    const every = this.inPlace ? REDRAW_EVERY_MS : LINE_EVERY_MS;
    this.timer = setInterval(() => this.#draw(), every);
  }

  /** @param {Stats} stats */
  showStats(stats) {
    this.stats = stats;
    this.state = STATES[stats.state];
  }

  /** @param {string} line */
  say(line) {
    this.#clear();
    process.stderr.write(`${line}\n`);
  }

  stop() {
    clearInterval(this.timer);
    this.#clear();
  }

  secondsSinceStart() {
    return Math.round((Date.now() - this.startedAt) / 1000);
  }

  #clear() {
    if (this.inPlace) process.stderr.write('\r\x1b[K');
  }

  #draw() {
    const line = this.#line();
    const width = (process.stderr.columns || 80) - 1;
    process.stderr.write(this.inPlace ? `\r${line.slice(0, width)}\x1b[K` : `${line}\n`);
  }

  #line() {
    const seconds = String(this.secondsSinceStart()).padStart(3);
    const requests = String(this.requestsPerSecond).padStart(4);
    return `${seconds} s  ${requests} req/s  ${heapText(this.stats)}  ${this.state}`;
  }
}

/** @param {Stats | null} stats */
function heapText(stats) {
  if (stats === null) return 'heap after GC    - MB';
  const megabytes = (stats.heapUsedBytes / 2 ** 20).toFixed(1).padStart(4);
  return `heap after GC ${megabytes} MB ${growthText(stats.pools['js-heap'].bytesPerHour)}`;
}

/** @param {{ mid: number } | null} bytesPerHour */
function growthText(bytesPerHour) {
  if (bytesPerHour === null) return ' '.repeat(11);
  const kilobytesPerSecond = bytesPerHour.mid / 3600 / 1024;
  const sign = kilobytesPerSecond < 0 ? '-' : '+';
  return `${sign}${Math.abs(kilobytesPerSecond).toFixed(0)} KB/s`.padStart(11);
}

/** @returns {Progress} */
function startProgress() {
  return new Progress();
}

module.exports = { startProgress };
