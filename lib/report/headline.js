'use strict';

/** The first lines of a report: does it leak, how fast, and how sure is that. */

const { bytes, count, duration, durations, percent, rate } = require('./units.js');
const { POOL_NAMES } = require('./leak_reason.js');

/** @typedef {import('../../index.js').LeakReport} LeakReport */
/** @typedef {import('../../index.js').Suspect} Suspect */

/**
 * @param {LeakReport} report
 * @returns {{ verdict: string, summary: string, isLeak: boolean }} one or two words, and a sentence
 */
function headline(report) {
  const { captures, survivorBytes, heapBytes, suspects, growth } = report;
  if (report.method === 'one-capture') {
    const summary = `what is big in ${bytes(heapBytes)}, and why. One capture doesn't tell a leak from a \
cache: compare two or more for that.`;
    return { verdict: 'One capture', summary, isLeak: false };
  }
  const stayed = `${bytes(survivorBytes)} appeared and stayed between ${captures.length} captures, of \
${bytes(heapBytes)} in all`;
  const grows = growthText(growth);
  const pace = suspects.reduce((sum, { bytesPerHour }) => sum + (bytesPerHour ?? 0), 0);
  if (suspects.length > 0) {
    const at = pace > 0 ? `: ${rate(pace, bytes)}` : '';
    return { verdict: 'Leaking', summary: grows === '' ? `${stayed}${at}.` : `${grows} ${stayed}.`, isLeak: true };
  }
  if (grows !== '') {
    const summary = `${grows} But no group of JavaScript objects accumulates: ${stayed}.`;
    return { verdict: 'Growing', summary, isLeak: true };
  }
  const summary = `no group of objects accumulates. ${stayed}.`;
  return { verdict: 'No leak found', summary, isLeak: false };
}

/** @param {LeakReport['growth']} growth */
function growthText(growth) {
  if (!growth?.bytesPerHour) return '';
  const { low, mid, high } = growth.bytesPerHour;
  const [from, middle, to] = [low, mid, high].map((perHour) => rate(perHour, bytes));
  const range = from === to ? '' : ` (${from} to ${to})`;
  const limit =
    growth.timeToLimitSeconds === null || growth.limitBytes === null
      ? ''
      : `, and reaches its limit of ${bytes(growth.limitBytes)} in ${durations(growth.timeToLimitSeconds)}`;
  return `the ${POOL_NAMES[growth.pool]} grows by ${middle}${range}${limit}.`;
}

/**
 * What the suspects explain, and what the captures cost.
 *
 * @param {LeakReport} report
 * @returns {string[]} sentences
 */
function footnotes(report) {
  const { survivorBytes, unexplainedBytes, suspects, captures } = report;
  const notes = [];
  if (suspects.length > 0 && survivorBytes > 0) {
    const explained = percent(1 - unexplainedBytes / survivorBytes);
    const number = suspects.length === 1 ? '1 suspect explains' : `${suspects.length} suspects explain`;
    const rest = unexplainedBytes > 0 ? `; ${bytes(unexplainedBytes)} belong to none` : '';
    notes.push(`${number} ${explained} of what stayed${rest}.`);
  }
  if (report.method === 'group-growth') {
    notes.push('The captures have no object ids in common: groups of objects were compared.');
  }
  notes.push(...pauseNotes(captures));
  if (report.process) {
    const { pid, node, platform, uptimeSeconds } = report.process;
    notes.push(`Process ${pid}, Node ${node}, ${platform}, up ${duration(uptimeSeconds)}; ${report.createdAt}.`);
  }
  notes.push(
    report.redacted
      ? 'Keys, contents of strings and queries of URLs are left out.'
      : 'NOT REDACTED: this report has keys and contents of strings of the process.',
  );
  return notes;
}

/**
 * What the captures cost, by how they were taken.
 *
 * @param {LeakReport['captures']} captures
 */
function pauseNotes(captures) {
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
 * `6,250 objects keep 24 MB alive; +145/s, +577 KB/s; 55 % of the growth`
 *
 * @param {Suspect} suspect
 */
function sizeText({ count: number, bytes: size, bytesPerHour, countPerHour, shareOfGrowth }) {
  const parts = [`${count(number)} ${number === 1 ? 'object keeps' : 'objects keep'} ${bytes(size)} alive`];
  if (bytesPerHour !== null && countPerHour !== null) {
    parts.push(`+${rate(countPerHour, count)}, +${rate(bytesPerHour, bytes)}`);
  }
  parts.push(`${percent(shareOfGrowth)} of the growth`);
  return parts.join('; ');
}

module.exports = { footnotes, headline, sizeText };
