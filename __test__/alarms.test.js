'use strict';

/** What is told of pools whose states are given: once, not too often, and taken back. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { Alarms } = require('../lib/alarms.js');
const { POOLS } = require('../lib/growth.js');
const { leakInfo } = require('../lib/leak_info.js');

/** @param {number} [cooldownMs] */
function alarmsWith(cooldownMs = Infinity) {
  /** @type {string[]} */
  const told = [];
  /** @param {string} event */
  const tell = (event) => (/** @type {string} */ pool) => void told.push(`${event} ${pool}`);
  const alarms = new Alarms({
    cooldownMs,
    onSuspect: tell('suspect'),
    onConfirmed: tell('confirmed'),
    onRecovered: tell('recovered'),
  });
  return {
    alarms,
    /** @param {Record<string, string>} states @param {boolean} [isBusy] */
    follow(states, isBusy = false) {
      told.length = 0;
      alarms.follow(judgements(states), isBusy);
      return [...told];
    },
  };
}

/** @param {Record<string, string>} states @returns {any} */
function judgements(states) {
  return Object.fromEntries(POOLS.map((pool) => [pool, judged(states[pool] ?? 'healthy')]));
}

/** @param {string} state @returns {any} */
function judged(state) {
  return {
    state, part: null, growthBytes: 5e6, startMs: 0, endMs: 60_000, bytesPerHour: null, confidence: 0.5,
    currentBytes: 1e7, limitBytes: null, timeToLimitSeconds: null,
  };
}

/** @param {string[]} prints of suspects @returns {any} */
const withSuspects = (...prints) => ({
  report: { suspects: prints.map((fingerprint) => ({ fingerprint, evidence: '' })) },
});

test('a suspicion is told when it begins, and taken back once', () => {
  const { follow } = alarmsWith();
  assert.deepEqual(follow({ external: 'learning' }), []);
  assert.deepEqual(follow({ external: 'suspect' }), ['suspect external']);
  assert.deepEqual(follow({ external: 'suspect' }), []);
  assert.deepEqual(follow({}), ['recovered external']);
  assert.deepEqual(follow({}), []);
  assert.deepEqual(follow({ external: 'suspect' }), ['suspect external']);
});

test('a pool is looked into once in the cooldown, others meanwhile, but one at a time', () => {
  const { follow } = alarmsWith();
  const both = { 'js-heap': 'confirmed', external: 'confirmed' };
  assert.deepEqual(follow(both), ['confirmed js-heap']);
  assert.deepEqual(follow(both, true), []);
  assert.deepEqual(follow(both), ['confirmed external']);
  assert.deepEqual(follow(both), []);
  const impatient = alarmsWith(0);
  assert.deepEqual(impatient.follow(both), ['confirmed js-heap']);
  assert.deepEqual(impatient.follow(both), ['confirmed js-heap']);
});

test('a confirmed leak that is suspected again is no new suspicion', () => {
  const { follow } = alarmsWith();
  follow({ native: 'confirmed' });
  assert.deepEqual(follow({ native: 'suspect' }), []);
});

test('the same leak is news once, and again after it had recovered', () => {
  const { alarms, follow } = alarmsWith();
  const leak = leakInfo('js-heap', judged('confirmed'), withSuspects('a', 'b'));
  assert.equal(leak.fingerprint, 'a');
  assert.equal(alarms.isNews(leak), true);
  assert.equal(alarms.isNews(leak), false);
  assert.equal(alarms.isNews(leakInfo('js-heap', judged('confirmed'), withSuspects('b'))), false);
  assert.equal(alarms.isNews(leakInfo('js-heap', judged('confirmed'), withSuspects('b', 'c'))), true);
  assert.equal(alarms.isAlarmed, true);
  assert.deepEqual(follow({}), ['recovered js-heap']);
  assert.equal(alarms.isAlarmed, false);
  assert.equal(alarms.isNews(leak), true);
});

test('without suspects a leak is known by its pool and part', () => {
  const rest = { ...judged('confirmed'), part: 'rest' };
  assert.equal(leakInfo('native', rest).fingerprint, 'pool:native:rest');
  assert.equal(leakInfo('external', judged('confirmed')).fingerprint, 'pool:external');
  const { alarms } = alarmsWith();
  assert.equal(alarms.isNews(leakInfo('native', rest)), true);
  assert.equal(alarms.isNews(leakInfo('external', judged('confirmed'))), true);
  assert.equal(alarms.isNews(leakInfo('native', rest)), false);
});

test('what turned out to be another pool has not recovered', () => {
  const { alarms, follow } = alarmsWith();
  follow({ 'js-heap': 'suspect' });
  alarms.disown('js-heap');
  assert.deepEqual(follow({ contexts: 'suspect' }), ['suspect contexts']);
});

test('what is told says what it is, of which process', () => {
  const part = { ...judged('confirmed'), part: 'malloced' };
  const info = leakInfo('native', part);
  assert.match(info.reason, /^Native memory growth of 4\.8 MB over 60 s\. V8 itself allocated it$/);
  assert.deepEqual([info.part, info.label.pid, info.label.threadId], ['malloced', process.pid, 0]);
  const refused = new Error('too large');
  assert.match(leakInfo('js-heap', judged('confirmed'), { refused }).reason, /No diagnosis: too large$/);
});
