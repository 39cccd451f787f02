'use strict';

/**
 * The demo, as a new user starts it: a real service under real load. Takes minutes, so it is not
 * among the *.test.js files that run on every Node; `npm test` runs it.
 */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const ROOT = path.join(__dirname, '..');
const TIMEOUT_MS = 180_000;

/** @param {string[]} args */
function demo(...args) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'examples', 'demo.js'), ...args],
    { encoding: 'utf8', timeout: TIMEOUT_MS, cwd: ROOT },
  );
  if (error) throw error;
  return { status, output: `${stdout}\n${stderr}` };
}

/** @param {import('..').Suspect} suspect */
function sourceLine({ locations }) {
  const { url, line } = locations[0];
  const text = fs.readFileSync(url, 'utf8').split('\n')[line - 1];
  return { file: path.basename(url), text };
}

test('the leaking service: the two leaks are the first suspects, each with the line at fault', () => {
  const { status, output } = demo();
  assert.equal(status, 0, output);
  const saved = path.join(ROOT, 'examples', 'out', 'leak-report.json');
  /** @type {import('..').LeakReport} */
  const report = JSON.parse(fs.readFileSync(saved, 'utf8'));
  const first = report.suspects.slice(0, 2);
  assert.deepEqual(first.map(({ cause }) => cause).sort(), [
    'event-listeners',
    'unbounded-collection',
  ]);
  const listeners = /** @type {import('..').Suspect} */ (
    first.find(({ cause }) => cause === 'event-listeners')
  );
  const map = /** @type {import('..').Suspect} */ (first.find((suspect) => suspect !== listeners));
  assert.match(listeners.owner.name, /\bbus\._events\.shipped$/, output);
  assert.match(map.owner.name, /\breceipts$/, output);
  assert.equal(sourceLine(listeners).file, 'orders.js');
  assert.match(sourceLine(listeners).text, /bus\.on\('shipped'/);
  assert.equal(sourceLine(map).file, 'receipts.js');
  assert.match(sourceLine(map).text, /receipts\.set\(/);
  const told = JSON.stringify(report.suspects);
  for (const lookAlike of ['sessions.js', 'catalogue.js']) {
    const blamed = report.suspects.some(({ locations }) =>
      locations.some(({ url }) => url.endsWith(lookAlike)),
    );
    assert.ok(!blamed, `${lookAlike} is blamed: ${told}`);
  }
});

test('the healthy service: no leak', () => {
  const { status, output } = demo('--healthy');
  assert.equal(status, 0, output);
  assert.match(output, /no leak/i);
});
