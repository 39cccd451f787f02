'use strict';

/**
 * The memory that the forked child of a process takes for itself, and what both take at a time,
 * watched from a process of its own: whoever looks from the measured one would only see what its event
 * loop lets it see.
 *
 * Required, it starts such a watcher. Looking costs the kernel some ten milliseconds for a large
 * process, so captures that are timed should not be watched.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');

/** A child lives for half a second or more. */
const LOOK_EVERY_MS = 20;

/** As the child calls itself. */
const NAME = 'heapwatch';

/**
 * Peaks since the last call, bytes; `null` if no child was seen, or if this user may not look.
 *
 * @typedef {object} ForkedMemory
 * @property {number} child what a child had for itself
 * @property {number} both that, and what the process's resident memory had grown by since the last
 *   call, at one moment while there was a child
 *
 * @typedef {object} MemoryWatcher
 * @property {() => Promise<ForkedMemory | null>} peak
 * @property {() => void} close
 */

/** @returns {MemoryWatcher} of this process's children */
function watchForkedMemory() {
  const watcher = fork(__filename, [String(process.pid)], { execArgv: [] });
  watcher.unref();
  return {
    peak: async () => {
      watcher.send('peak');
      const [peak] = await once(watcher, 'message');
      return peak;
    },
    close: () => watcher.disconnect(),
  };
}

/**
 * Pages that nobody else has: written by the child, or by its parent since the fork, which left the
 * page's old state to the child.
 *
 * @param {string} parent
 * @returns {number | null} bytes
 */
function privateBytes(parent) {
  try {
    for (const pid of fs.readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ')) {
      if (pid === '' || fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== NAME) continue;
      const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      const found = /^Private_Dirty:\s*(\d+) kB$/m.exec(rollup);
      if (found) return Number(found[1]) * 1024;
    }
  } catch {
    // It has ended meanwhile.
  }
  return null;
}

/**
 * @param {string} pid
 * @returns {number} bytes; 0 if the process has ended
 */
function residentBytes(pid) {
  try {
    const found = /^VmRSS:\s*(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

/** @param {string} parent */
function runWatcher(parent) {
  /** @type {ForkedMemory | null} */
  let peak = null;
  let before = residentBytes(parent);
  setInterval(() => {
    const child = privateBytes(parent);
    if (child === null) return;
    const both = child + residentBytes(parent) - before;
    peak = { child: Math.max(peak?.child ?? 0, child), both: Math.max(peak?.both ?? 0, both) };
  }, LOOK_EVERY_MS);
  process.on('message', () => {
    process.send?.(peak);
    peak = null;
    before = residentBytes(parent);
  });
  process.on('disconnect', () => process.exit());
}

if (require.main === module) runWatcher(process.argv[2]);

module.exports = { watchForkedMemory };
