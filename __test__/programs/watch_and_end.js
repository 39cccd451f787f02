'use strict';

/** Starts a watcher and has nothing else to do, in the middle of a diagnosis at that. */

const heapwatch = require('../..');

const watcher = heapwatch.watch({ maxPauseMs: 60_000, maxMemoryBytes: 10 ** 12 });
watcher.on('leak', () => {});
heapwatch.on('stats', () => {});
watcher.diagnose().catch(() => {});
