'use strict';

/**
 * The options that the benchmarks of analysers have in common.
 */

const { ANALYSERS } = require('./peers.js');

/** Longer than any analyser takes that is not quadratic. */
const TIMEOUT_S = '300';

const OPTIONS = /** @type {const} */ ({
  runs: { type: 'string', default: '5' },
  only: { type: 'string', default: ANALYSERS.map(({ id }) => id).join() },
  prefix: { type: 'string', default: '' },
  timeout: { type: 'string', default: TIMEOUT_S },
});

const USAGE = '[--runs 5] [--only id,id] [--timeout SECONDS] [--prefix COMMAND]';

/**
 * @param {{ runs: string, only: string, prefix: string, timeout: string }} values
 * @returns {import('./analysis_runs.js').RunOptions | null} `null` if one is wrong
 */
function runOptions({ runs, only, prefix, timeout }) {
  if (![runs, timeout].every((text) => /^[1-9]\d*$/.test(text))) return null;
  return {
    runs: Number(runs),
    only: only.split(','),
    prefix: prefix.split(' ').filter(Boolean),
    timeoutMs: Number(timeout) * 1000,
  };
}

module.exports = { OPTIONS, USAGE, runOptions };
