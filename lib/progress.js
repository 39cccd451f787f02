'use strict';

/**
 * Progress as the native side calls it. A listener that throws must not throw inside the addon:
 * its error surfaces as that of any callback, as an uncaught exception.
 *
 * @param {{ onProgress?: (progress: { stage: string, done: number }) => void }} options
 * @returns {import('./native.js').OnProgress | undefined}
 */
function progressOf({ onProgress }) {
  if (onProgress === undefined) return undefined;
  return (stage, done) => process.nextTick(onProgress, { stage, done });
}

module.exports = { progressOf };
