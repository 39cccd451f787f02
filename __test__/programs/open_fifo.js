'use strict';

/** Opens a named pipe to which nobody writes yet, and writes to it then. */

const fs = require('node:fs');

const heapwatch = require('../..');
const { snapshotText } = require('../snapshot_text.js');

const [fifo] = process.argv.slice(2);

/** @param {unknown} result */
const tell = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);

heapwatch.open(fifo).then(
  ({ nodeCount }) => tell({ nodeCount }),
  ({ code }) => tell({ code }),
);
setImmediate(() => {
  tell('the main thread goes on');
  // Opening for writing waits for the reader, on a thread.
  fs.writeFile(fifo, snapshotText(), () => {});
});
