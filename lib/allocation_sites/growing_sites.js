'use strict';

const { shownFrame } = require('./shown_frame.js');

/**
 * Which sites keep growing, from two readings of the sampler.
 *
 * Samples are numbered through, so a number is an age on a clock that counts allocated bytes, and
 * tells one sample from another in different readings. Between a reading at the start of the growth
 * (the base) and the last one a site gained samples (allocated since, alive now) and lost some
 * (alive then, gone now). Where nothing grows the two are equally likely, however much is replaced:
 * a sign test (McNemar's) says whether a site gained more than chance has it. A site that allocates
 * for what is in use at the moment gained only young samples, and one that filled a cache only old
 * ones; what leaks gained them all along.
 *
 * O(live samples).
 *
 * @typedef {import('./site_reading.js').SiteReading} SiteReading
 * @typedef {import('./site_reading.js').Site} Site
 */

/** Standard deviations. Chance alone makes 2 in 10,000 sites that stand still exceed it; 13 samples,
 * 6.5 MB, are enough if nothing was lost. */
const MIN_GAIN = 3.5;
/** Part of what was gained that has to come from either half of the time between the readings. Of
 * what grows steadily half does. */
const MIN_OF_A_HALF = 0.25;
/** As many as anyone looks at. */
const MAX_SITES = 10;
const AGE_CLASSES = 10;
const HOUR_MS = 3_600_000;

/**
 * @param {SiteReading[]} readings the oldest first
 * @param {number | null} sinceMs when the growth began; `null`: half of all allocations ago
 * @returns {import('../../index.js').AllocationSite[]} those that gained most first
 */
function growingSites(readings, sinceMs) {
  const now = readings.at(-1);
  const base = now && baseOf(readings.slice(0, -1), now, sinceMs);
  if (!now || !base) return [];
  const growing = [...now.sites].filter(([key, site]) => isGrowing(site, base.sites.get(key), base, now));
  return growing
    .map(([key, site]) => described(site, base.sites.get(key), base, now))
    .sort((a, b) => b.growthBytes - a.growthBytes)
    .slice(0, MAX_SITES);
}

/**
 * @param {SiteReading[]} earlier
 * @param {SiteReading} now
 * @param {number | null} sinceMs
 * @returns {SiteReading | undefined}
 */
function baseOf(earlier, now, sinceMs) {
  const isBefore = (/** @type {SiteReading} */ reading) =>
    sinceMs === null ? reading.lastOrdinal <= now.lastOrdinal / 2 : reading.timeMs <= sinceMs;
  return earlier.filter(isBefore).at(-1) ?? earlier[0];
}

/**
 * @param {Site} site
 * @param {Site | undefined} before
 * @param {SiteReading} base
 * @param {SiteReading} now
 */
function isGrowing(site, before, base, now) {
  const gained = site.ordinals.filter((ordinal) => ordinal > base.lastOrdinal);
  const kept = site.ordinals.length - gained.length;
  const lost = (before?.ordinals.length ?? 0) - kept;
  const middle = (base.lastOrdinal + now.lastOrdinal) / 2;
  const old = gained.filter((ordinal) => ordinal <= middle).length;
  const fewest = gained.length * MIN_OF_A_HALF;
  return (
    gained.length - lost >= MIN_GAIN * Math.sqrt(gained.length + lost) &&
    gained.length > 0 &&
    old >= fewest &&
    gained.length - old >= fewest
  );
}

/**
 * @param {Site} site
 * @param {Site | undefined} before
 * @param {SiteReading} base
 * @param {SiteReading} now
 * @returns {import('../../index.js').AllocationSite}
 */
function described({ bytes, ordinals, frames }, before, base, now) {
  const growthBytes = bytes - (before?.bytes ?? 0);
  const hours = (now.timeMs - base.timeMs) / HOUR_MS;
  const [frame, ...callers] = frames.map(shownFrame);
  return {
    ...frame,
    bytes,
    samples: ordinals.length,
    ageSpread: ageSpread(ordinals, now.lastOrdinal),
    growthBytes,
    bytesPerHour: hours > 0 ? growthBytes / hours : null,
    callers,
  };
}

/**
 * In how many tenths of all that was ever allocated there is some that lives, as a part of 1.
 *
 * @param {number[]} ordinals
 * @param {number} lastOrdinal
 */
function ageSpread(ordinals, lastOrdinal) {
  const tenths = ordinals.map((ordinal) => Math.ceil((ordinal / lastOrdinal) * AGE_CLASSES));
  return new Set(tenths).size / AGE_CLASSES;
}

module.exports = { growingSites };
