'use strict';

const fs = require('node:fs');
const path = require('node:path');

/**
 * A memory cgroup of a test's own, of version 1 or 2, whichever this system has.
 *
 * @typedef {{ procs: string, limit: string, usage: string, kills: string, unlimited: string }} Files
 * paths, and what the limit is without one
 */

/** @type {[parent: string, names: Files][]} */
const HIERARCHIES = [
  [
    '/sys/fs/cgroup/memory',
    {
      procs: 'cgroup.procs',
      limit: 'memory.limit_in_bytes',
      usage: 'memory.usage_in_bytes',
      kills: 'memory.oom_control',
      unlimited: '-1',
    },
  ],
  [
    '/sys/fs/cgroup',
    {
      procs: 'cgroup.procs',
      limit: 'memory.max',
      usage: 'memory.current',
      kills: 'memory.events',
      unlimited: 'max',
    },
  ],
];

/**
 * Makes a cgroup that is removed after the test.
 *
 * @param {{ after(fn: () => void): void }} t the test's context
 * @returns {Files | null} null where nobody may make one, or it can't limit memory
 */
function memoryCgroup(t) {
  for (const [parent, { unlimited, ...names }] of HIERARCHIES) {
    const folder = path.join(parent, `heapwatch-test-${process.pid}`);
    try {
      fs.mkdirSync(folder);
    } catch {
      continue;
    }
    t.after(() => fs.rmdirSync(folder));
    if (!fs.existsSync(path.join(folder, names.limit))) continue;
    const files = Object.entries(names).map(([what, name]) => [what, path.join(folder, name)]);
    return { ...Object.fromEntries(files), unlimited };
  }
  return null;
}

module.exports = { memoryCgroup };
