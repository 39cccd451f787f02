'use strict';

const { interval } = require('./census.js');
const { boolean, callback, filePath, integer, number, oneOf, signal } = require('./options.js');

/**
 * What a watcher can be told, with defaults. index.d.ts says what each means and why.
 *
 * `variable` says how the option is read from its environment variable (environment.js); an option
 * without it is none that text can express.
 */

const MINUTE_MS = 60_000;
const MB = 2 ** 20;
/** Timers take no more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @type {Record<string, import('./options.js').Definition>} */
const WATCH_OPTIONS = {
  method: { check: oneOf('auto', 'v8', 'walk', 'none'), default: 'auto', variable: 'text' },
  captures: { check: integer(2, 4), default: 3, variable: 'number' },
  maxPauseMs: { check: number(0, Infinity), default: 1000, variable: 'number' },
  maxMemoryBytes: { check: number(0, Infinity), default: 512 * MB, variable: 'number' },
  maxSpacingMs: { check: number(1, MAX_TIMER_MS), default: 10 * MINUTE_MS, variable: 'number' },
  cooldownMs: { check: number(0, Infinity), default: 30 * MINUTE_MS, variable: 'number' },
  census: { check: interval, variable: 'number or text' },
  work: { check: callback },
  sources: { check: boolean, default: true, variable: 'boolean' },
  minGrowthBytes: { check: number(0, Infinity), variable: 'number' },
  maxSuspects: { check: integer(1, 100), variable: 'number' },
  minGrowthBytesPerHour: { check: number(0, Infinity), variable: 'number' },
  fastGrowthFraction: { check: number(0, 1), variable: 'number' },
  fastRunwayMs: { check: number(0, Infinity), variable: 'number' },
  fastLevelFraction: { check: number(0, 1), variable: 'number' },
  fastLeakBytesPerHour: { check: number(0, Number.MAX_VALUE), variable: 'number' },
  fastMinSpanMs: { check: number(0, Infinity), variable: 'number' },
  memoryLimitBytes: { check: number(1, Infinity), variable: 'number' },
  readingEveryMs: { check: number(10, MAX_TIMER_MS), default: 5000, variable: 'number' },
  allocationSites: { check: boolean, default: false, variable: 'boolean' },
  blackBox: { check: filePath, variable: 'text' },
};

const DIAGNOSE_OPTIONS = {
  captures: { check: integer(2, 4) },
  maxSpacingMs: { check: number(1, MAX_TIMER_MS), default: MINUTE_MS / 2 },
  signal: { check: signal },
};

const PROFILE_OPTIONS = { format: { check: oneOf('pprof', 'heapprofile'), default: 'pprof' } };

module.exports = { DIAGNOSE_OPTIONS, PROFILE_OPTIONS, WATCH_OPTIONS };
