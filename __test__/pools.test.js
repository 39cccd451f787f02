'use strict';

/** The series of the pools, with sizes and times that are given: what each says, and of whom. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { attributed } = require('../lib/contexts.js');
const { BYTES_PER_CONTEXT, Growth, POOLS, worstPool } = require('../lib/growth.js');
const { HeldReadings } = require('../lib/held_readings.js');
const { History } = require('../lib/history.js');
const { verdictOf } = require('../lib/verdict.js');
const { seededRandom } = require('./seeded_random.js');

const MB = 2 ** 20;
const LIMITS = { heap: 512 * MB, v8Heap: 512 * MB, cgroup: null, memory: 1024 * MB };

/**
 * A quiet process.
 *
 * @param {number} timeMs
 * @param {object} [sizes]
 */
const sampleAt = (timeMs, sizes) => ({
  timeMs,
  work: undefined,
  usedBytes: 30 * MB,
  arrayBuffersBytes: MB,
  externalBytes: MB,
  mallocedBytes: MB,
  globalHandlesBytes: 8192,
  contexts: 1,
  detachedContexts: 0,
  rssBytes: 100 * MB,
  lowestRssBytes: 100 * MB,
  highestRssBytes: 100 * MB,
  restBytes: 60 * MB,
  otherHeapsBytes: 0,
  ...sizes,
});

/**
 * Ten minutes with a collection every `collectionS` seconds and a reading every five.
 *
 * @param {(second: number) => object} sizesAt
 * @param {{ collectionS?: number, limits?: typeof LIMITS }} [options]
 */
function tenMinutes(sizesAt, { collectionS = 20, limits = LIMITS } = {}) {
  const growth = new Growth({});
  /** @type {InstanceType<typeof History<any>>} */
  const history = new History(64);
  for (let second = 0; second <= 600; second += 5) {
    const sample = sampleAt(second * 1000, sizesAt(second));
    if (second % collectionS === 0) {
      growth.pushCollection(sample, limits);
      history.push(sample);
    }
    growth.pushReading(sample, limits);
  }
  return { growth, history, judgements: growth.judgements };
}

/** @param {Record<string, { state: string }>} judgements */
function growing(judgements) {
  return Object.entries(judgements)
    .filter(([, { state }]) => state === 'suspect' || state === 'confirmed')
    .map(([pool]) => pool);
}

test('each pool that grows by half a megabyte a second is told, and no other', () => {
  const sizes = {
    'js-heap': (/** @type {number} */ s) => ({ usedBytes: 30 * MB + s * 0.5 * MB }),
    'array-buffers': (/** @type {number} */ s) => ({ arrayBuffersBytes: MB + s * 0.5 * MB }),
    external: (/** @type {number} */ s) => ({ externalBytes: MB + s * 0.5 * MB }),
    native: (/** @type {number} */ s) => ({ restBytes: 60 * MB + s * 0.5 * MB }),
  };
  assert.deepEqual(growing(tenMinutes(() => ({})).judgements), []);
  for (const [pool, sizesAt] of Object.entries(sizes)) {
    const { judgements } = tenMinutes(sizesAt);
    assert.deepEqual(growing(judgements), [pool]);
    assert.equal(worstPool(judgements), pool);
    const { state, bytesPerHour } = judgements[/** @type {'native'} */ (pool)];
    assert.equal(state, 'confirmed', pool);
    assert.ok(Math.abs((bytesPerHour?.mid ?? 0) / (1800 * MB) - 1) < 0.02, pool);
  }
});

test('the parts of native memory are told apart', () => {
  const parts = {
    rest: (/** @type {number} */ s) => ({ restBytes: 60 * MB + s * 0.5 * MB }),
    malloced: (/** @type {number} */ s) => ({ mallocedBytes: MB + s * 0.5 * MB }),
    'global-handles': (/** @type {number} */ s) => ({ globalHandlesBytes: s * 0.5 * MB }),
  };
  for (const [part, sizesAt] of Object.entries(parts)) {
    const { judgements } = tenMinutes(sizesAt);
    assert.deepEqual([judgements.native.state, judgements.native.part], ['confirmed', part]);
  }
});

test('a worker, which can not tell its own native memory, judges what is its own', () => {
  const { judgements } = tenMinutes((s) => ({ restBytes: null, mallocedBytes: MB + s * 0.5 * MB }));
  assert.deepEqual([judgements.native.state, judgements.native.part], ['confirmed', 'malloced']);
});

test('a leak of buffers is told with a collection every two minutes, garbage of them is not', () => {
  const leak = tenMinutes((s) => ({ arrayBuffersBytes: MB + s * 0.5 * MB }), { collectionS: 120 });
  assert.equal(leak.judgements['array-buffers'].state, 'confirmed');
  // The same until the collection, which takes it all.
  const saw = tenMinutes((s) => ({ arrayBuffersBytes: MB + (s % 120) * 0.5 * MB }), { collectionS: 120 });
  assert.deepEqual(growing(saw.judgements), []);
  assert.equal(saw.judgements['array-buffers'].growthBytes, 0);
});

test('without a limit nothing is urgent, and nothing breaks', () => {
  const limits = { ...LIMITS, memory: /** @type {any} */ (null) };
  const { judgements } = tenMinutes((s) => ({ arrayBuffersBytes: s * MB }), { limits });
  assert.equal(judgements['array-buffers'].limitBytes, null);
  assert.equal(judgements['array-buffers'].timeToLimitSeconds, null);
});

test('a pool outside of the heap has what the others leave of the limit', () => {
  const { judgements } = tenMinutes(() => ({ rssBytes: 400 * MB, externalBytes: 100 * MB }));
  assert.equal(judgements.external.limitBytes, 724 * MB);
  assert.equal(judgements['js-heap'].limitBytes, 512 * MB);
});

test('what makes no sense is ignored: sizes that are none, and times that go back', () => {
  const { growth, judgements } = tenMinutes(() => ({}));
  const { samples } = judgements['js-heap'];
  growth.pushCollection(sampleAt(700_000, { usedBytes: NaN, arrayBuffersBytes: -1 }), LIMITS);
  growth.pushCollection(sampleAt(0), LIMITS);
  growth.pushReading(sampleAt(NaN), LIMITS);
  const after = growth.judgements;
  assert.equal(after['js-heap'].samples, samples);
  assert.equal(after['js-heap'].ignoredSamples, 2);
  for (const pool of POOLS) assert.equal(after[pool].state, judgements[pool].state, pool);
});

test('growth of the heap that goes with the number of contexts is put down to them', () => {
  const leak = tenMinutes((s) => ({
    usedBytes: 30 * MB + s * 0.5 * MB,
    contexts: 1 + Math.floor(s / 2),
  }));
  const { judgements, isContexts } = attributed(leak.judgements, leak.history.samples, false);
  assert.equal(isContexts, true);
  assert.deepEqual(growing(judgements), ['contexts']);
  assert.equal(worstPool(judgements), 'contexts');
  assert.equal(judgements.contexts.growthBytes, leak.judgements['js-heap'].growthBytes);
  assert.equal(leak.judgements.contexts.currentBytes, 301 * BYTES_PER_CONTEXT);
});

test('native memory that grows with contexts and more slowly is theirs, more of it is not', () => {
  const half = (/** @type {number} */ s) => s * 0.5 * MB;
  /** @type {[number, string[]][]} */
  const shares = [
    [0.8, ['contexts']],
    [2, ['native', 'contexts']],
  ];
  for (const [share, pools] of shares) {
    const leak = tenMinutes((s) => ({
      usedBytes: 30 * MB + half(s),
      contexts: 1 + Math.floor(s / 2),
      restBytes: 60 * MB + share * half(s),
    }));
    assert.ok(growing(leak.judgements).includes('native'), `share ${share}`);
    const { judgements, explained } = attributed(leak.judgements, leak.history.samples, false);
    assert.deepEqual(growing(judgements), pools, `share ${share}`);
    assert.deepEqual(explained, share < 1 ? ['js-heap', 'native'] : ['js-heap']);
  }
});

test('a fast leak far from the limit is told where collections measure it', () => {
  const limits = { ...LIMITS, heap: 8192 * MB, memory: 16_384 * MB };
  const half = (/** @type {number} */ s) => s * 0.5 * MB;
  /** @type {[string[], (s: number) => object][]} */
  const leaks = [
    [['js-heap'], (s) => ({ usedBytes: 30 * MB + half(s) })],
    [['contexts'], (s) => ({ contexts: 1 + Math.floor(half(s) / BYTES_PER_CONTEXT) })],
    [['native'], (s) => ({ globalHandlesBytes: half(s) })],
    // Read in between: there a cache that fills within minutes looks the same.
    [[], (s) => ({ arrayBuffersBytes: half(s), externalBytes: half(s), restBytes: half(s) })],
  ];
  for (const [pools, sizesAt] of leaks) {
    assert.deepEqual(growing(tenMinutes(sizesAt, { limits }).judgements), pools);
  }
});

test('contexts that come and go, or are few, are not why the heap grows', () => {
  const numbers = {
    'come and go': (/** @type {number} */ s) => 1 + (s % 100),
    'a handful': (/** @type {number} */ s) => 1 + Math.floor(s / 200),
    'a few among much': (/** @type {number} */ s) => 1 + Math.floor(s / 50),
    none: () => 1,
  };
  for (const [name, contexts] of Object.entries(numbers)) {
    const { judgements, history } = tenMinutes((s) => ({
      usedBytes: 30 * MB + s * 0.5 * MB,
      contexts: contexts(s),
    }));
    const found = attributed(judgements, history.samples, false);
    assert.deepEqual([found.isContexts, growing(found.judgements)], [false, ['js-heap']], name);
  }
});

test('the heap is put down to contexts until its growth is over', () => {
  const { judgements } = tenMinutes((s) => ({ usedBytes: 30 * MB + s * 0.5 * MB }));
  assert.equal(attributed(judgements, [], true).isContexts, true);
  const quiet = tenMinutes(() => ({})).judgements;
  assert.equal(attributed(quiet, [], true).isContexts, false);
});

test('held readings are the least of all that follow, as computed the plain way', () => {
  const seed = 5;
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const held = new HeldReadings();
    const sizes = Array.from({ length: Math.floor(random() * 16) }, () => Math.floor(random() * 100));
    const floor = Math.floor(random() * 100);
    for (const [i, a] of sizes.entries()) held.hold({ timeMs: i, work: i, bytes: { a, b: 7 } });
    const got = held.settle({ timeMs: 99, work: 99, bytes: { a: floor, b: 7 } });
    const all = [...sizes, floor];
    const wanted = all.map((_, i) => Math.min(...all.slice(i)));
    assert.deepEqual(got.map(({ bytes }) => bytes.a), wanted, `seed ${seed}, round ${round}`);
    assert.deepEqual(got.map(({ timeMs }) => timeMs), [...sizes.keys(), 99]);
    assert.ok(got.every(({ bytes }) => bytes.b === 7));
    assert.equal(held.settle(got[0]).length, 1, 'settled is settled');
  }
});

test('however many readings are held they are few, in order, and miss no minimum', () => {
  const seed = 6;
  const random = seededRandom(seed);
  for (const count of [16, 17, 40, 1000, 12_345]) {
    const held = new HeldReadings();
    const sizes = Array.from({ length: count }, () => 1 + Math.floor(random() * 1e6));
    for (const [i, a] of sizes.entries()) held.hold({ timeMs: i, work: undefined, bytes: { a } });
    const got = held.settle({ timeMs: count, work: undefined, bytes: { a: 1e6 } });
    assert.ok(got.length <= 17, `${got.length} of ${count}`);
    assert.equal(got[0].bytes.a, Math.min(...sizes), `seed ${seed}`);
    const times = got.map(({ timeMs }) => timeMs);
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
    assert.equal(times.at(-1), count);
  }
});

test('a history keeps the first, the latest and fewer of what lies between', () => {
  /** @type {InstanceType<typeof History<number>>} */
  const history = new History(64);
  for (let i = 0; i < 100_000; i++) history.push(i);
  const { samples } = history;
  assert.ok(samples.length <= 64 && samples.length > 40);
  assert.equal(samples[0], 0);
  assert.deepEqual(samples.slice(-16), Array.from({ length: 16 }, (_, i) => 99_984 + i));
  assert.deepEqual(samples, [...samples].sort((a, b) => a - b));
});

test('the verdict names what grows, then what is wrong with the limits', () => {
  /** @param {string} state @param {string | null} [part] @returns {any} */
  const judged = (state, part = null) => ({ state, part });
  const limits = LIMITS;
  const tight = { ...LIMITS, cgroup: 256 * MB };
  const wide = { ...LIMITS, cgroup: 512 * MB };
  /** @type {[Parameters<typeof verdictOf>[0], string][]} */
  const cases = [
    [{ pool: 'js-heap', judgement: judged('learning'), limits, workersGrow: false }, 'learning'],
    [{ pool: 'js-heap', judgement: judged('healthy'), limits, workersGrow: false }, 'healthy'],
    [{ pool: 'js-heap', judgement: judged('suspect'), limits, workersGrow: true }, 'js-heap'],
    [{ pool: 'contexts', judgement: judged('confirmed'), limits: tight, workersGrow: false }, 'contexts'],
    [{ pool: 'native', judgement: judged('suspect', 'rest'), limits, workersGrow: false },
      'native-or-fragmentation'],
    [{ pool: 'native', judgement: judged('confirmed', 'malloced'), limits, workersGrow: false }, 'native'],
    [{ pool: 'native', judgement: judged('confirmed', 'rest'), limits, workersGrow: true }, 'worker'],
    [{ pool: 'js-heap', judgement: judged('healthy'), limits, workersGrow: true }, 'worker'],
    [{ pool: 'js-heap', judgement: judged('learning'), limits: tight, workersGrow: false },
      'limit-misconfigured'],
    [{ pool: 'js-heap', judgement: judged('healthy'), limits: wide, workersGrow: false }, 'healthy'],
  ];
  for (const [facts, verdict] of cases) assert.equal(verdictOf(facts), verdict, JSON.stringify(facts));
});

test('the heaps of other isolates that grow are theirs', () => {
  const { growth, judgements } = tenMinutes((s) => ({ otherHeapsBytes: s * 0.5 * MB }));
  assert.equal(growth.workersGrow, true);
  assert.deepEqual(growing(judgements), []);
  assert.equal(tenMinutes(() => ({})).growth.workersGrow, false);
});
