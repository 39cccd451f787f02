'use strict';

/**
 * Runs with a black box, tells what the watcher tells of it, and ends as asked:
 *
 *     box_and_die.js FILE kill | exit | return | throw | stop | heap-oom | block
 *
 * Before it dies it holds some megabytes more, and waits until the file says so.
 */

const fs = require('node:fs');

const heapwatch = require('../..');

const [file, ending] = process.argv.slice(2);

/** @param {unknown} value */
const tell = (value) => fs.writeSync(1, `${JSON.stringify(value)}\n`);

/** @type {unknown[]} */
const held = [];

/** Until the file of this process has it. @param {(box: any) => boolean} isThere */
async function until(isThere) {
  for (;;) {
    try {
      const box = JSON.parse(fs.readFileSync(file, 'utf8'));
      if (box.run.pid === process.pid && isThere(box)) return;
    } catch {
      // Not yet written.
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** In one go, as a runaway loop does: the event loop turns no more. @returns {void} */
function fillHeap() {
  for (;;) held.push(new Array(1000).fill(held.length + 0.5));
}

const endings = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(0),
  return: () => watcher.removeAllListeners(),
  throw: () => {
    throw new Error('the end');
  },
  stop: () => {
    watcher.stop();
    process.kill(process.pid, 'SIGKILL');
  },
  'heap-oom': fillHeap,
  block: () => {
    const end = Date.now() + 2500;
    while (Date.now() < end);
    process.kill(process.pid, 'SIGKILL');
  },
};

const watcher = heapwatch.watch({ blackBox: file });
watcher.on('error', (error) => {
  tell({ error: /** @type {any} */ (error).code, message: error.message });
});
watcher.on('lastRun', (lastRun) => tell({ lastRun }));

async function main() {
  tell({ pid: process.pid, status: watcher.status().lastRun });
  for (let i = 0; i < 3; i++) {
    held.push(new Array(1_000_000).fill(i + 0.5));
    heapwatch.gc();
    const samples = i + 1;
    await until(({ run }) => run.samples.length >= samples);
  }
  endings[/** @type {keyof typeof endings} */ (ending)]();
}

main();
