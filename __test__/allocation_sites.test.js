'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const inspector = require('node:inspector');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const zlib = require('node:zlib');
const { Profile } = require('pprof-format');

const heapwatch = require('..');
const { growingSites } = require('../lib/allocation_sites/growing_sites.js');
const { SAMPLE_EVERY_BYTES } = require('../lib/allocation_sites/heap_sampler.js');
const { objectsOf, pprof } = require('../lib/allocation_sites/pprof.js');
const { shownFrame } = require('../lib/allocation_sites/shown_frame.js');
const { siteReading } = require('../lib/allocation_sites/site_reading.js');
const { environmentOptions } = require('../lib/environment.js');
const { WATCH_OPTIONS } = require('../lib/watch_options.js');
const { resultsOf } = require('./child_program.js');
const { seededRandom } = require('./seeded_random.js');
const { lineOf } = require('./source_line.js');

test.afterEach(() => heapwatch.stop());

const SERVICE = path.join(__dirname, 'programs', 'allocate_and_keep.js');
/** V8 draws the distances between samples at random. */
const SEED = 7;

/** @param {'leak' | 'churn'} mode */
const serve = (mode) =>
  resultsOf(SERVICE, { args: [mode], nodeArgs: [`--random-seed=${SEED}`] });

test('of a service that leaks, the function that allocates what leaks is told', async () => {
  const [{ sites, status, text }] = await serve('leak');
  assert.equal(sites.length, 1, JSON.stringify(sites));
  const [site] = sites;
  const line = lineOf(SERVICE, 'function keepForEver');
  assert.deepEqual([site.function, site.url, site.line], ['keepForEver', SERVICE, line]);
  // 160,000 arrays of 30: 40 to 52 MB.
  assert.ok(site.bytes > 30e6 && site.bytes < 70e6, JSON.stringify(site));
  assert.ok(site.growthBytes > 15e6 && site.growthBytes < site.bytes, JSON.stringify(site));
  assert.ok(site.ageSpread >= 0.8 && site.samples >= 50, JSON.stringify(site));
  assert.equal(site.callers[0].function, 'work');
  assert.ok(text.includes(`allocated at allocate_and_keep.js:${line}:`), text);
  assert.equal(status.isSampling, true);
  assert.ok(status.readings >= 5 && status.blockedMs > 0);
});

test('of a service that only churns, no function is told', async () => {
  const [{ sites, text }] = await serve('churn');
  assert.deepEqual(sites, []);
  assert.ok(!text.includes('allocated at'), text);
});

/** A profile in which functions by name have these samples alive. */
/** @param {Record<string, number[]>} ordinals */
function reading(ordinals, timeMs = 0) {
  const names = Object.keys(ordinals);
  const children = names.map((name, i) => node(name, i + 2));
  const samples = names.flatMap((name, i) =>
    ordinals[name].map((ordinal) => ({ size: 2 ** 19, nodeId: i + 2, ordinal })),
  );
  return siteReading({ head: node('(root)', 1, children, ''), samples }, timeMs);
}

/**
 * @param {string} functionName
 * @param {number} id
 * @param {import('../lib/allocation_sites/heap_sampler.js').ProfileNode[]} [children]
 */
function node(functionName, id, children = [], url = `/app/${functionName}.js`) {
  const place = url === '' ? -1 : id;
  const callFrame = { functionName, scriptId: '7', url, lineNumber: place, columnNumber: place };
  return { callFrame, selfSize: 0, id, children };
}

/**
 * @param {number} from
 * @param {number} to
 */
const range = (from, to, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

/** @param {Record<string, number[]>[]} readings an hour apart */
const told = (...readings) =>
  growingSites(
    readings.map((ordinals, i) => reading(ordinals, i * 3_600_000)),
    null,
  ).map((site) => site.function);

test('steady gains are growth; what is young, old or replaced is not', () => {
  const last = 1000;
  const before = { leak: range(1, 500, 10), young: range(480, 500), filled: range(1, 500, 10) };
  const now = {
    leak: range(1, last, 10),
    young: range(980, last + 1),
    filled: range(1, 600, 10),
    late: range(501, 600, 5),
  };
  assert.deepEqual(told({ ...before, ring: range(300, 500, 4) }, { ...now, ring: range(800, last, 4) }), [
    'leak',
  ]);
  assert.deepEqual(told(now), []);
  assert.deepEqual(told(), []);
});

test('a cache that replaces its entries at random hardly ever passes for growth', () => {
  const random = seededRandom(11);
  let alarms = 0;
  for (let run = 0; run < 1000; run++) {
    // 100 samples, of which so many are replaced by others between the readings; whether what takes
    // a place is sampled is chance.
    const replaced = 10 + Math.floor(random() * 80);
    const isSampled = () => random() < 0.1;
    const gained = range(0, replaced * 10).filter(isSampled).map((i) => 501 + (i * 500) / (replaced * 10));
    const kept = range(1, 101 - replaced);
    const lost = range(101, 101 + replaced);
    const newest = { other: [500] };
    const sites = told({ cache: [...kept, ...lost], ...newest }, { cache: [...kept, ...gained], other: [1001] });
    alarms += sites.length;
  }
  assert.ok(alarms <= 3, `${alarms} of 1000`);
});

test('growth is compared with the reading at its start', () => {
  const readings = [0, 1, 2, 3].map((i) =>
    reading({ site: range(1, 100 * (i + 1), 4), rest: [100 * (i + 1)] }, i * 3_600_000),
  );
  /** @param {number | null} since */
  const growth = (since) => growingSites(readings, since)[0].growthBytes / SAMPLE_EVERY_BYTES;
  assert.deepEqual([growth(-1), growth(0), growth(3_600_000), growth(null)], [75, 75, 50, 50]);
  const [{ bytesPerHour, ageSpread, samples }] = growingSites(readings, null);
  assert.equal(bytesPerHour, 25 * SAMPLE_EVERY_BYTES);
  assert.deepEqual([ageSpread, samples], [1, 100]);
});

test('what Node, V8 and heapwatch allocate belongs to the function of the program', () => {
  const own = require.resolve('../lib/watcher.js');
  const leaf = node('set', 5, [], '');
  const inner = node('ours', 4, [node('emit', 6, [leaf], 'node:events')], own);
  const head = node('(root)', 1, [node('outer', 2, [node('handler', 3, [inner])])], '');
  const samples = [
    { size: 600_000, nodeId: 5, ordinal: 1 },
    { size: 700_000, nodeId: 3, ordinal: 2 },
  ];
  const { sites, lastOrdinal } = siteReading({ head, samples }, 0);
  const [site, ...others] = sites.values();
  assert.deepEqual(others, []);
  assert.deepEqual([site.bytes, site.ordinals, lastOrdinal], [1_300_000, [1, 2], 2]);
  assert.deepEqual(site.frames.map(({ functionName }) => functionName), ['handler', 'outer']);
});

test('computed names are told on one line, contents of scripts not at all', () => {
  const frame = { scriptId: '1', lineNumber: 4, columnNumber: -1 };
  const shown = shownFrame({ ...frame, functionName: `a\n\u001b[31m${'b'.repeat(500)}`, url: 'data:text/javascript,secret' });
  assert.ok(shown.function.startsWith('a  [31mb') && shown.function.length === 121);
  assert.deepEqual({ ...shown, function: '' }, { function: '', url: 'data:', line: 5, column: 0 });
  assert.equal(shownFrame({ ...frame, functionName: '', url: '' }).function, '(anonymous function)');
});

test('a profile in the format of pprof says stacks, objects and bytes', async () => {
  const head = node('(root)', 1, [node('outer', 2, [node('größe', 3)])], '');
  const size = 64 * 8193;
  const samples = [
    { size, nodeId: 3, ordinal: 1 },
    { size, nodeId: 3, ordinal: 3 },
    { size: 3_000_000, nodeId: 2, ordinal: 9 },
  ];
  const timeMs = 1_790_000_000_123;
  const profile = Profile.decode(zlib.gunzipSync(await pprof({ head, samples }, timeMs)));
  /** @param {number | bigint} index */
  const text = (index) => profile.stringTable.strings[Number(index)];
  assert.equal(text(0), '');
  const types = profile.sampleType.map(({ type, unit }) => [text(type), text(unit)]);
  assert.deepEqual(types, [['inuse_objects', 'count'], ['inuse_space', 'bytes']]);
  assert.deepEqual(
    [profile.periodType && text(profile.periodType.type), profile.period],
    ['space', SAMPLE_EVERY_BYTES],
  );
  assert.ok(Math.abs(Number(profile.timeNanos) / 1e6 - timeMs) < 1);
  const stacks = profile.sample.map(({ locationId, value }) => [
    locationId.map((id) => {
      const location = profile.location.find((one) => one.id === id);
      const [line] = location?.line ?? [];
      const place = profile.function.find((one) => one.id === line.functionId);
      assert.ok(place);
      return [text(place.name), text(place.filename), Number(line.line)];
    }),
    value.map(Number),
  ]);
  const outer = ['outer', '/app/outer.js', 3];
  assert.deepEqual(stacks, [
    [[outer], [1, 3_000_000]],
    [[['größe', '/app/größe.js', 4], outer], [2 * 8193, 2 * size]],
  ]);
});

test('objects of small sizes are counted as V8 scales them', () => {
  for (const size of [16, 24, 56, 1024, 65_536, 4_000_000]) {
    const count = Math.round(1 / (1 - Math.exp(-size / SAMPLE_EVERY_BYTES)));
    const estimate = objectsOf(size * count);
    // Sizes whose products are the same can't be told apart.
    assert.ok(estimate >= count && estimate <= 4 * count, `${size}: ${estimate} of ${count}`);
  }
  assert.equal(objectsOf(1), 1);
});

test('a profile is given on demand in both formats', async () => {
  const watcher = heapwatch.watch({ allocationSites: true });
  const kept = (function allocateForProfile() {
    return Array.from({ length: 50_000 }, (_, i) => ({ i, text: new Array(20).fill(i) }));
  })();
  const { head, samples } = JSON.parse(String(await watcher.allocationProfile({ format: 'heapprofile' })));
  assert.equal(head.callFrame.functionName, '(root)');
  assert.ok(samples.length >= 5, `${samples.length} samples`);
  const profile = Profile.decode(zlib.gunzipSync(await watcher.allocationProfile()));
  assert.ok(profile.stringTable.strings.includes('allocateForProfile'));
  assert.ok(profile.stringTable.strings.includes(__filename));
  assert.equal(watcher.status().allocationSites?.readings, 2);
  assert.equal(kept.length, 50_000);
  await assert.rejects(watcher.allocationProfile(/** @type {any} */ ({ format: 'json' })), {
    code: 'ERR_HEAPWATCH_OPTION',
  });
});

test('without the option nothing is sampled', async () => {
  const watcher = heapwatch.watch();
  assert.equal(watcher.status().allocationSites, null);
  await assert.rejects(watcher.allocationProfile(), {
    code: 'ERR_HEAPWATCH_OPTION',
    message: /allocationSites/,
  });
  assert.throws(() => profiler().profile(), /not started/);
});

/** A profiler of somebody else. */
function profiler() {
  const session = new inspector.Session();
  session.connect();
  /** @param {string} method */
  const ask = (method) => {
    /** @type {any} */
    let told;
    session.post(method, (error, answer) => (told = { error, answer }));
    if (told.error) throw told.error;
    return told.answer;
  };
  return {
    start: () => ask('HeapProfiler.startSampling'),
    stop: () => ask('HeapProfiler.stopSampling').profile,
    profile: () => ask('HeapProfiler.getSamplingProfile').profile,
    disconnect: () => session.disconnect(),
  };
}

/** @param {import('..').Watcher} watcher */
const errorOf = (watcher) =>
  new Promise((resolve) => watcher.once('error', (/** @type {any} */ error) => resolve(error)));

test('a watcher that was stopped says so when it is asked for a profile', async () => {
  const watcher = heapwatch.watch({ allocationSites: true });
  watcher.stop();
  await assert.rejects(watcher.allocationProfile(), { code: 'ERR_HEAPWATCH_CANCELLED' });
});

test('a worker samples its own allocations', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const heapwatch = require(${JSON.stringify(path.join(__dirname, '..'))});
    const watcher = heapwatch.watch({ allocationSites: true });
    const kept = Array.from({ length: 50_000 }, (_, i) => ({ i, text: new Array(20).fill(i) }));
    watcher.allocationProfile({ format: 'heapprofile' }).then((profile) => {
      parentPort.postMessage({ samples: JSON.parse(profile).samples.length, kept: kept.length });
    });
  `;
  const main = heapwatch.watch({ allocationSites: true });
  const worker = new Worker(source, { eval: true });
  const [{ samples }] = await once(worker, 'message');
  assert.ok(samples >= 5, `${samples} samples`);
  assert.equal(main.status().allocationSites?.isSampling, true);
  await worker.terminate();
});

test('the option can come from the environment', () => {
  const { options } = environmentOptions({ HEAPWATCH_ALLOCATION_SITES: '1' }, WATCH_OPTIONS);
  assert.deepEqual(options, { allocationSites: true });
});

test('a leak is told with the function that allocates it, with or without captures', async () => {
  for (const method of ['none', 'v8']) {
    const options = {
      allocationSites: true,
      method,
      fastGrowthFraction: 0.02,
      fastRunwayMs: 4 * 3_600_000,
      maxPauseMs: 60_000,
      maxMemoryBytes: 10 ** 12,
    };
    // Without a compiler nothing is inlined: in so short a run it makes a difference when.
    const nodeArgs = [`--random-seed=${SEED}`, '--max-old-space-size=1024', '--jitless'];
    const all = await resultsOf('watch_a_leak.js', { args: [JSON.stringify(options)], nodeArgs });
    const { payload: leak } = all.find(({ event }) => event === 'leak');
    const [site] = leak.allocationSites;
    assert.equal(site.function, 'LeakedOrder');
    assert.ok(site.url.endsWith('watch_a_leak.js'));
    if (method === 'none') assert.ok(leak.reason.includes(`allocated in ${site.function} at`), leak.reason);
    else assert.deepEqual(leak.report.allocationSites, leak.allocationSites);
  }
});

test("somebody else's profiler is left alone", async () => {
  const theirs = profiler();
  theirs.start();
  const watcher = heapwatch.watch({ allocationSites: true });
  const error = await errorOf(watcher);
  assert.deepEqual([error.code, error.detail.reason], ['ERR_HEAPWATCH_PROFILER', 'taken']);
  assert.equal(watcher.status().allocationSites?.isSampling, false);
  await assert.rejects(watcher.allocationProfile(), error);
  watcher.stop();
  assert.ok(theirs.stop().head);
  theirs.disconnect();
});

test('when somebody else stops the profiler, it is told once, and the watcher goes on', async () => {
  const watcher = heapwatch.watch({ allocationSites: true });
  /** @type {any[]} */
  const errors = [];
  watcher.on('error', (/** @type {any} */ error) => errors.push(error.detail.reason));
  const theirs = profiler();
  theirs.stop();
  await assert.rejects(watcher.allocationProfile(), {
    code: 'ERR_HEAPWATCH_PROFILER',
    detail: { reason: 'stopped' },
  });
  const alive = setInterval(() => {}, 10);
  const report = await watcher.diagnose({ captures: 2, maxSpacingMs: 1 });
  clearInterval(alive);
  assert.equal(report.allocationSites, null);
  assert.equal(watcher.status().running, true);
  assert.deepEqual(errors, ['stopped']);
  theirs.disconnect();
});

test('a profiler that somebody started in place of ours is neither read nor stopped', async () => {
  const watcher = heapwatch.watch({ allocationSites: true });
  const kept = Array.from({ length: 50_000 }, (_, i) => ({ i, text: new Array(20).fill(i) }));
  await watcher.allocationProfile();
  const theirs = profiler();
  theirs.stop();
  theirs.start();
  const more = Array.from({ length: 50_000 }, (_, i) => ({ i, text: new Array(20).fill(i) }));
  await assert.rejects(watcher.allocationProfile(), {
    code: 'ERR_HEAPWATCH_PROFILER',
    detail: { reason: 'stopped' },
  });
  watcher.stop();
  assert.ok(theirs.stop().samples.length > 0);
  theirs.disconnect();
  assert.equal(kept.length, more.length);
});

test('a watcher that is stopped samples no more, and the next one may', () => {
  for (let i = 0; i < 3; i++) {
    const watcher = heapwatch.watch({ allocationSites: true });
    assert.equal(watcher.status().allocationSites?.isSampling, true);
    watcher.stop();
    const other = profiler();
    assert.throws(() => other.profile(), /not started/);
    other.disconnect();
  }
});
