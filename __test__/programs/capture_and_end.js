'use strict';

/** Captures, watches, holds on to both, and has nothing else to do. */

const heapwatch = require('../..');

const watcher = heapwatch.watch();
heapwatch.on('leak', () => {});
heapwatch.on('stats', () => {});
heapwatch.capture().then((graph) => {
  const result = { captured: graph.nodeCount > 0, watching: watcher.status().running };
  process.stdout.write(`${JSON.stringify(result)}\n`);
});
