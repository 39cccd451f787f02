'use strict';

/**
 * Captures its heap while its cgroup leaves it less and less memory, and goes on allocating.
 *
 *     node capture_near_limit.js CGROUP_FILES   (JSON; see memory_cgroup.js)
 *
 * Tells for each margin above what is used what came of the captures, and how often the kernel killed.
 */

const fs = require('node:fs');

const heapwatch = require('../..');

const files = JSON.parse(process.argv[2]);

/** Bytes that are left, and last of all no limit. */
const MARGINS = [400e6, 300e6, 250e6, 200e6, 150e6, 60e6, 12e6, null];

const METHODS = /** @type {const} */ (['walk', 'auto', 'v8']);

/** About 70 MB. */
const kept = Array.from({ length: 120_000 }, (_, i) => ({ i, text: `order ${i}`, lines: [{ i }, i + 0.5] }));

/** @param {number | null} margin */
function leave(margin) {
  const usage = Number(fs.readFileSync(files.usage, 'utf8'));
  fs.writeFileSync(files.limit, margin === null ? files.unlimited : String(usage + margin));
}

/** Objects that die young, as a service makes them. */
function work() {
  for (let i = 0; i < 1000; i++) kept[(i * 7919) % kept.length] = { i, text: `again ${i}`, lines: [{ i }, i] };
}

/** @param {typeof METHODS[number]} method */
async function outcome(method) {
  try {
    const graph = await heapwatch.capture({ method });
    const { nodeCount } = graph;
    graph.close();
    return { nodeCount };
  } catch (error) {
    const { code, detail } = /** @type {import('../..').HeapwatchError} */ (error);
    return { code, detail };
  }
}

function kills() {
  const [, count] = /^oom_kill (\d+)$/m.exec(fs.readFileSync(files.kills, 'utf8')) ?? [];
  return Number(count);
}

async function main() {
  const working = setInterval(work, 5);
  const outcomes = [];
  for (const margin of MARGINS) {
    for (const method of METHODS) {
      leave(margin);
      outcomes.push({ margin, method, ...(await outcome(method)) });
      leave(null);
    }
  }
  clearInterval(working);
  process.stdout.write(`${JSON.stringify({ outcomes, kills: kills() })}\n`);
}

main();
