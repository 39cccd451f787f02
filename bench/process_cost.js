'use strict';

/**
 * What this process has cost so far, as the kernel counts it.
 */

const fs = require('node:fs');

/** Writing this to clear_refs resets the peak of the resident set (proc(5)). */
const RESET_PEAK = '5';

/**
 * Peak of the resident set since the process started, or since `resetPeakRss`. Only Linux tells it
 * for this program alone: the peak of getrusage starts with that of the parent's fork.
 *
 * @returns {number} bytes
 */
function peakRss() {
  const status = readOrNull('/proc/self/status');
  const found = status && /^VmHWM:\s*(\d+) kB$/m.exec(status);
  return (found ? Number(found[1]) : process.resourceUsage().maxRSS) * 1024;
}

/** @returns {boolean} whether the peak could be reset */
function resetPeakRss() {
  try {
    fs.writeFileSync('/proc/self/clear_refs', RESET_PEAK);
    return true;
  } catch {
    return false;
  }
}

/** @returns {number | null} bytes that the process caused to be written to storage */
function storageBytes() {
  const io = readOrNull('/proc/self/io');
  const found = io && /^write_bytes: (\d+)$/m.exec(io);
  return found ? Number(found[1]) : null;
}

/** @returns {number} ms of all threads, in user mode and in the kernel */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {string} file */
function readOrNull(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

module.exports = { cpuMs, peakRss, resetPeakRss, storageBytes };
