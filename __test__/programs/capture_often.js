'use strict';

/** Captures, and tells the open files and the folder for temporary files before and after. */

const fs = require('node:fs');
const os = require('node:os');

const heapwatch = require('../..');

const CAPTURES = 50;

const openFiles = () => {
  try {
    return fs.readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
};

async function main() {
  (await heapwatch.capture()).close();
  const before = openFiles();
  for (let i = 0; i < CAPTURES; i++) (await heapwatch.capture()).close();
  const result = { before, after: openFiles(), files: fs.readdirSync(os.tmpdir()) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

main();
