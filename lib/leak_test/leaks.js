'use strict';

/**
 * Leaks from what two sources say: the counts that followed the doses (exact, but no owner), and the
 * diagnosis of captures between more iterations (owner, path and cause, but with all that grew).
 *
 * @typedef {import('../../index.js').Suspect} Suspect
 * @typedef {import('../../index.js').SourceLocation} SourceLocation
 * @typedef {import('../../test.js').Leak} Leak
 * @typedef {import('../../test.js').GrowingCount} GrowingCount
 */

/** What only one of several iterations adds in the diagnosis is not what the counts are about; half of
 * it, because a capture may come in the middle of something. */
const MIN_MATCHING_RATE = 0.5;

/** Classes by which timers, buffers and handles are known. */
const TIMERS = ['Timeout', 'Immediate'];
const BUFFERS = /^(SharedArrayBuffer|ArrayBuffer|Buffer|FastBuffer|DataView|.*(Int|Uint|Float)\d+(Clamped)?Array|system \/ JSArrayBufferData.*)$/;

/**
 * What a count is about, as in the option `track`.
 *
 * @param {GrowingCount} count
 */
function trackOf({ kind, name }) {
  if (kind === 'counter') return 'handles';
  if (TIMERS.includes(name)) return 'timers';
  if (BUFFERS.test(name)) return 'buffers';
  if (kind === 'entries' && name.includes('._events')) return 'listeners';
  return 'objects';
}

/**
 * @param {GrowingCount[]} counts
 * @param {{ allow: (string | RegExp)[], track: string[], minBytes: number }} options
 * @returns {GrowingCount[]} those that the options ask for
 */
function relevant(counts, { allow, track }) {
  return counts.filter(
    (count) =>
      track.includes(trackOf(count)) &&
      !isAllowed(allow, [count.name], count.location === null ? [] : [count.location]),
  );
}

/**
 * @param {GrowingCount[]} counts that followed the doses, twice
 * @param {Suspect[]} suspects
 * @param {number} iterations between the captures of the diagnosis
 * @param {{ allow: (string | RegExp)[], perIteration: number, minBytes: number }} options
 * @returns {Leak[]}
 */
function leaksOf(counts, suspects, iterations, options) {
  const leaking = suspects.filter((suspect) => {
    const rate = suspect.countGrowth / iterations;
    return rate >= options.perIteration * MIN_MATCHING_RATE || isCounted(suspect, counts);
  });
  const told = leaking.filter((suspect) => !isAllowedSuspect(options.allow, suspect));
  const leaks = told.map((suspect) => diagnosedLeak(suspect, counts, iterations));
  // Nothing that could be blamed: the counts themselves. If all of it is allowed, so are they.
  if (leaking.length === 0) leaks.push(countedLeak(counts));
  return leaks.filter(({ bytesPerIteration }) => bytesPerIteration >= options.minBytes);
}

/**
 * Whether one of the counts is of what a suspect consists of.
 *
 * @param {Suspect} suspect
 * @param {GrowingCount[]} counts
 */
function isCounted(suspect, counts) {
  return suspect.countGrowth > 0 && counts.some(({ name }) => name === suspect.class);
}

/**
 * @param {Suspect} suspect
 * @param {GrowingCount[]} counts
 * @param {number} iterations
 * @returns {Leak}
 */
function diagnosedLeak(suspect, counts, iterations) {
  const { class: ofClass, owner, cause, path, locations, evidence, advice, fingerprint } = suspect;
  const exact =
    counts.find(({ kind, name }) => kind === 'instances' && name === ofClass) ??
    counts.find(({ kind, name }) => kind === 'entries' && name.startsWith(`${owner.name} (`));
  return {
    class: ofClass,
    perIteration: rounded(exact?.perIteration ?? suspect.countGrowth / iterations),
    bytesPerIteration: Math.round(suspect.growthBytes / iterations),
    owner,
    cause,
    path,
    locations,
    evidence,
    advice,
    fingerprint,
    counts,
  };
}

/**
 * @param {GrowingCount[]} counts at least one
 * @returns {Leak}
 */
function countedLeak(counts) {
  const isWritten = (/** @type {GrowingCount} */ { location }) => location !== null && !location.url.startsWith('node:');
  const main =
    counts.find((count) => count.kind === 'instances' && isWritten(count)) ??
    counts.find(isWritten) ??
    counts.find(({ kind }) => kind === 'entries') ??
    counts[0];
  return {
    class: main.name,
    perIteration: rounded(main.perIteration),
    bytesPerIteration: Math.round(
      counts.reduce((sum, { bytesPerIteration }) => sum + Math.max(0, bytesPerIteration), 0),
    ),
    owner: null,
    cause: null,
    path: [],
    locations: main.location === null ? [] : [{ role: 'class', ...main.location, original: null, package: null }],
    evidence: `${main.name} grew by ${main.growth.join(', ')} in the rounds.`,
    advice: 'What holds them could not be found out. Look at what this code adds and never removes.',
    fingerprint: null,
    counts,
  };
}

/** @param {number} perIteration */
function rounded(perIteration) {
  return Math.round(perIteration * 1000) / 1000;
}

/**
 * @param {(string | RegExp)[]} allow
 * @param {Suspect} suspect
 */
function isAllowedSuspect(allow, { class: ofClass, owner, path, locations }) {
  const names = [ofClass, owner.name, owner.class, ...path.map((step) => step.class)];
  const places = [...locations, owner.location, ...path.map(({ location }) => location)];
  return isAllowed(allow, names, places.filter((place) => place !== null));
}

/**
 * @param {(string | RegExp)[]} allow
 * @param {string[]} names
 * @param {SourceLocation[]} places
 */
function isAllowed(allow, names, places) {
  const urls = places.map(({ url }) => url.replaceAll('\\', '/'));
  return allow.some((pattern) =>
    typeof pattern === 'string'
      ? names.includes(pattern) || urls.some((url) => url.includes(`/node_modules/${pattern}/`))
      : // A copy: one with the flag `g` goes on where it stopped.
        [...names, ...urls].some((text) => new RegExp(pattern.source, pattern.flags).test(text)),
  );
}

module.exports = { leaksOf, relevant };
