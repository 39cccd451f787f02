'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { toBeCollected, toHaveInstances, toLeak } = require('../lib/leak_test/matchers.js');
const { leakMessage } = require('../lib/leak_test/leak_message.js');

const OPTIONS = { seed: 7, timeout: 120_000 };

test('toLeak passes for a leak and says which in the message of .not', async () => {
  /** @type {object[]} */
  const kept = [];
  const { pass, message } = await toLeak(() => kept.push({ id: kept }), OPTIONS);
  assert.equal(pass, true);
  assert.match(message(), /^this code leaks: 1 .* an iteration/);
  assert.match(message(), /held by kept \(Array\)/);
});

test('toLeak fails without a leak, and says that nothing grew', async () => {
  const { pass, message } = await toLeak(() => ({}), OPTIONS);
  assert.equal(pass, false);
  assert.match(message(), /^expected a leak, but nothing grew with rounds of [\d, ]+ iterations \(seed 7\)$/);
});

test('toBeCollected and toHaveInstances pass and fail', async () => {
  class Point {}
  const point = new Point();
  const collected = await toBeCollected(() => new Point());
  assert.deepEqual([collected.pass, collected.message()], [true, 'the object is collected']);
  const alive = await toBeCollected(new WeakRef(point));
  assert.equal(alive.pass, false);
  assert.match(alive.message(), /^the object is not collected\n {4}path {5}.*Point/);
  assert.equal((await toHaveInstances(Point, 1)).pass, true);
  const two = await toHaveInstances(Point, 2);
  assert.deepEqual([two.pass, two.message()], [false, 'expected 2 instances of Point, found 1']);
  assert.ok(point);
});

test('the message of a leak has all that is known, in a fixed form', () => {
  const location = { url: '/app/sessions.js', line: 14, column: 12 };
  /** @type {any} */
  const result = {
    leaks: [
      {
        class: 'Session',
        perIteration: 1,
        bytesPerIteration: 184,
        owner: { class: 'Map', name: 'sessions', id: 1, location: null },
        cause: 'unbounded-collection',
        path: [
          { class: 'handle()', edge: null, kind: null, location: { ...location, line: 12 } },
          { class: 'Map', edge: 'sessions', kind: 'context', location: null },
          { class: 'Session', edge: '[*]', kind: 'internal', location: null },
        ],
        locations: [{ role: 'grows', ...location }],
        evidence: '`sessions` (Map) has 115 entries.',
        advice: 'Give it a bound.',
        counts: [{ name: 'Session', growth: [7, 31, 13, 41, 23] }],
      },
    ],
    rounds: [[41, 7, 13, 23, 31], [7, 31, 13, 41, 23]],
    seed: 7,
    falseAlarmBound: 1 / 14_400,
  };
  assert.equal(
    leakMessage(result, '/app'),
    `this code leaks: 1 Session (184 bytes) an iteration

  Session held by sessions (Map)
    line     sessions.js:14:12 (grows at)
    path     handle() (sessions.js:12:12) → .sessions Map → [*] Session
    cause    unbounded-collection
    evidence \`sessions\` (Map) has 115 entries.
    advice   Give it a bound.

  Session grew by 7, 31, 13, 41, 23 in rounds of 7, 31, 13, 41, 23 iterations,
  in random order and confirmed by a second one; by chance less often than once in 14,400 tests.
  The same order again: { seed: 7 }`,
  );
});
