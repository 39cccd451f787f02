'use strict';

/**
 * Walks while the process does what could harm them: each finds all planted objects or says why
 * not, and the process goes on as if nothing had been.
 */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { createInterface } = require('node:readline');
const { test } = require('node:test');

/** @type {any} The types of the demo know less of it. */
const autocannon = require('autocannon');

const { resultsOf } = require('./child_program.js');
const { skippedWithoutWalk } = require('./where_walks_work.js');

const PROGRAM = 'walk_under_stress.js';

/** Captures in a row; more where there is time. */
const OFTEN = Number(process.env.HEAPWATCH_TEST_CAPTURES ?? 50);

/** A child has a low priority: on a busy machine each walk waits for its turn. */
const TIMEOUT_MS = 1_800_000;

const KILLED = 200;
const HANDLES = 200_000;
const REQUESTS = 3000;

/** Memory that captures in a row may add: what the allocator keeps in reserve. A capture that
 * leaked its graph would add more within the first hundred. */
const MAX_GROWTH_BYTES = 64e6;

/**
 * @param {{ found: number[], planted: number }} result
 * @param {number} [count] of walks
 */
function assertAllFound({ found, planted }, count) {
  if (count !== undefined) assert.equal(found.length, count);
  assert.ok(found.length > 0);
  assert.deepEqual(
    found.filter((number) => number !== planted),
    [],
  );
}

/**
 * @param {string} scenario
 * @param {number} count
 * @param {string[]} [nodeArgs]
 */
async function resultOf(scenario, count, nodeArgs) {
  const args = [scenario, String(count)];
  const [result] = await resultsOf(PROGRAM, { args, nodeArgs, timeoutMs: TIMEOUT_MS });
  return result;
}

/** @type {[what: string, scenario: string, count: number, nodeArgs?: string[]][]} */
const CASES = [
  ['while the process allocates all the time', 'allocating', 8],
  ['in place, while the process allocates all the time', 'allocatingInPlace', 5],
  ['right after allocations and collections', 'collecting', 10],
  ['several at a time', 'parallel', 4],
  ['while V8 marks step by step', 'allocating', 8, ['--stress-incremental-marking']],
  ['with a collection after every few allocations', 'collecting', 5, ['--gc-interval=5000']],
  ['with compaction at each collection', 'collecting', 5, ['--compact-on-every-full-gc']],
  ['without a just-in-time compiler', 'calm', 4, ['--jitless']],
  ['with a small young generation', 'allocating', 5, ['--max-semi-space-size=1']],
  ['with a large young generation', 'allocating', 5, ['--max-semi-space-size=128']],
  ['with frames of interpreted functions', 'calm', 4, ['--interpreted-frames-native-stack']],
  ['with frozen intrinsics', 'calm', 4, ['--frozen-intrinsics']],
  ['with functions compiled early', 'calm', 4, ['--always-sparkplug']],
  ['with workers at work', 'workers', 4],
  ['with WebAssembly, modules and workers', 'modules', 4],
];

for (const [what, scenario, count, nodeArgs] of CASES) {
  test(`walks ${what}`, async (t) => {
    const result = await resultOf(scenario, count, nodeArgs);
    if (skippedWithoutWalk(t, result)) return;
    assertAllFound(result, count);
  });
}

test('walks inside of callbacks', async (t) => {
  const result = await resultOf('callbacks', 1);
  if (skippedWithoutWalk(t, result)) return;
  assertAllFound(result, 9);
});

test(`${OFTEN} walks in a row leave nothing behind`, async (t) => {
  const result = await resultOf('often', OFTEN);
  if (skippedWithoutWalk(t, result)) return;
  assertAllFound(result, OFTEN);
  const { before, after } = result;
  assert.equal(after.children, 0);
  assert.equal(after.descriptors, before.descriptors);
  assert.ok(after.rss - before.rss < MAX_GROWTH_BYTES, `${before.rss} to ${after.rss} bytes`);
  // The heap itself grows and shrinks a little; a walk that did not restore would leave nothing.
  assert.ok(before.notInherited > 0);
  assert.ok(after.notInherited > before.notInherited / 2, 'memory that children do not inherit');
});

test(`${KILLED} times, the child is killed`, async (t) => {
  const result = await resultOf('killed', KILLED);
  if (skippedWithoutWalk(t, result)) return;
  const { failures, found, planted, after } = result;
  assert.equal(failures.length + found.length, KILLED);
  assert.ok(failures.length > 0);
  for (const { code, message } of failures) assert.equal(code, 'ERR_HEAPWATCH_CAPTURE', message);
  assert.deepEqual(found.filter((/** @type {number} */ number) => number !== planted), []);
  assert.equal(after.children, 0);
});

test(`walks with ${HANDLES} handles`, async (t) => {
  const result = await resultOf('handles', HANDLES);
  if (skippedWithoutWalk(t, result)) return;
  assert.equal(result.handles, HANDLES);
  assertAllFound(result, 2);
});

test('a walk that exceeds its memory limit is refused', async (t) => {
  const result = await resultOf('limited', 1);
  if (skippedWithoutWalk(t, result)) return;
  assert.equal(result.code, 'ERR_HEAPWATCH_LIMIT');
  assertAllFound(result, 1);
  assert.equal(result.after.children, 0);
});

test('an HTTP server under load that walks all the time fails no request', async (t) => {
  const file = path.join(__dirname, 'programs', PROGRAM);
  const server = spawn(process.execPath, [file, 'serving'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => server.kill('SIGKILL'));
  const lines = createInterface({ input: server.stdout });
  const [first] = await once(lines, 'line');
  const started = JSON.parse(first);
  if (skippedWithoutWalk(t, started)) return;
  const url = `http://127.0.0.1:${started.port}/`;
  const load = await autocannon({ url, connections: 50, amount: REQUESTS });
  const last = once(lines, 'line');
  server.stdin.end();
  const result = JSON.parse((await last)[0]);
  assert.equal(load['2xx'], REQUESTS);
  assert.equal(load.errors + load.timeouts + load.resets + load.non2xx, 0);
  // The one before the load, and at least one under it.
  assert.ok(result.found.length >= 2);
  assertAllFound(result);
});
