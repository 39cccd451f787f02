'use strict';

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { spawnSync } = require('node:child_process');
const { Console } = require('node:console');
const { EventEmitter, once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Writable } = require('node:stream');
const test = require('node:test');
const vm = require('node:vm');

const { HeapwatchError } = require('..');
const { Deadline } = require('../lib/leak_test/clock.js');
const { dosesOf, randomOf, shuffled, sum } = require('../lib/leak_test/doses.js');
const { Workload } = require('../lib/leak_test/workload.js');
const { assertCollected, assertNoLeak, countInstances, findLeaks } = require('../test.js');
const { temporaryFolder } = require('./temporary_folder.js');

/** Same orders in each run; time for machines with a lot to do. */
const OPTIONS = { seed: 7, timeout: 120_000 };

class Session {
  constructor() {
    this.items = [1, 2, 3];
  }
}

/** @type {Map<number, Session>} */
const sessions = new Map();

test('a leak is told with class, count, owner, path and line', async () => {
  let error = /** @type {any} */ (null);
  try {
    await assertNoLeak(() => void sessions.set(sessions.size, new Session()), OPTIONS);
  } catch (thrown) {
    error = thrown;
  }
  assert.equal(error?.name, 'AssertionError');
  assert.equal(error.code, 'ERR_HEAPWATCH_LEAK');
  const { leaks, rounds, seed, falseAlarmBound } = error.detail;
  const [leak] = leaks;
  assert.equal(leak.class, 'Session');
  assert.equal(leak.perIteration, 1);
  assert.ok(leak.bytesPerIteration >= 64 && leak.bytesPerIteration < 1000, `${leak.bytesPerIteration}`);
  assert.equal(leak.owner.name, 'sessions');
  assert.equal(leak.cause, 'unbounded-collection');
  assert.equal(rounds.length, 2);
  assert.equal(seed, OPTIONS.seed);
  assert.ok(falseAlarmBound < 0.01, `${falseAlarmBound}`);
  const file = path.relative(process.cwd(), __filename);
  assert.match(error.message, /1 Session \(.*\) an iteration/);
  assert.ok(error.message.includes(`${file}:`), error.message);
  assert.match(error.message, /path .*sessions Map → \[\*\] Session/);
  assert.doesNotMatch(error.message, /LeakTest|Workload/);
  assert.match(error.message, /\{ seed: 7 \}/);
  sessions.clear();
});

test('code that was compiled in memory is told by the lines of its file', async (t) => {
  const file = path.join(temporaryFolder(t), 'kept.js');
  const written = [
    'class Kept {',
    '  constructor() {}',
    '}',
    'const all = [];',
    'module.exports = () => all.push(new Kept());',
  ];
  fs.writeFileSync(file, written.join('\n'));
  // As test runners do it: under the name of the file, with lines before its own, and a map.
  const map = { version: 3, sources: ['kept.js'], names: [], mappings: `;;;AAAA${';AACA'.repeat(4)}` };
  const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  const text = `(module) => {\n\n\n${written.join('\n')}\n}\n//# sourceMappingURL=${url}`;
  const compiled = { exports: () => 0 };
  vm.runInThisContext(text, { filename: file })(compiled);
  const { leaks } = await findLeaks(compiled.exports, OPTIONS);
  const places = leaks[0].locations.map(({ role, original }) => `${role} ${original?.line}`);
  assert.ok(places.includes('class 2') && places.includes('grows 5'), places.join());
});

test('code that leaks nothing has no leaks, and one pass', async () => {
  const { leaks, rounds } = await assertNoLeak(() => new Session(), OPTIONS);
  assert.deepEqual(leaks, []);
  assert.equal(rounds.length, 1);
});

/** Workloads that keep one thing an iteration: what, how, and how it is told. */
/** @type {any[]} */
const held = [];
const emitter = new EventEmitter();
emitter.setMaxListeners(0);
/** @type {NodeJS.Timeout[]} */
const timers = [];
/** @type {[string, () => unknown, RegExp][]} */
const LEAKS = [
  ['a string', () => held.push(`${'text'.repeat(9)} ${held.length}`), /string|held/],
  ['a closure', () => held.push((/** @type {any} */ one) => [one, held.length]), /held/],
  ['a listener', () => emitter.on('order', () => held.length), /order/],
  ['a timer', () => timers.push(setInterval(() => held.length, 100_000)), /Timeout|timers|setInterval/],
  ['a buffer', () => held.push(new ArrayBuffer(100)), /ArrayBuffer/],
  ['a class', () => held.push(class Made {}), /Made|held/],
  ['a context', () => held.push(vm.createContext({})), /held|Context|Object/],
];

for (const [what, leak, told] of LEAKS) {
  test(`${what} that is kept each time is found`, async () => {
    const { leaks } = await findLeaks(leak, OPTIONS);
    assert.notEqual(leaks.length, 0);
    const text = leaks.map((one) => `${one.class} ${one.owner?.name} ${one.counts.map(({ name }) => name)}`);
    assert.match(text.join('\n'), told);
    assert.ok(leaks.some(({ perIteration }) => perIteration >= 0.9), text.join('\n'));
    for (const timer of timers) clearInterval(timer);
    held.length = timers.length = 0;
    emitter.removeAllListeners();
  });
}

test('one in ten is found with more iterations, and not told without', async () => {
  let iteration = 0;
  const sometimes = () => {
    if (iteration++ % 10 === 0) held.push(new Session());
  };
  const options = { ...OPTIONS, iterations: 1150, perIteration: 0.05 };
  const { leaks } = await findLeaks(sometimes, options);
  assert.ok(Math.abs(leaks[0].perIteration - 0.1) < 0.02, `${leaks[0]?.perIteration}`);
  const { leaks: none } = await findLeaks(sometimes, OPTIONS);
  assert.deepEqual(none, []);
  held.length = 0;
});

test('rounds end when none of what grows may be told', async () => {
  const { rounds } = await findLeaks(() => held.push(new Session()), { ...OPTIONS, allow: [/./] });
  assert.deepEqual(rounds.map(({ length }) => length), [2]);
  held.length = 0;
});

test('what leaves much has few iterations', async () => {
  const { leaks, rounds } = await findLeaks(() => held.push(new ArrayBuffer(2 ** 20)), OPTIONS);
  assert.deepEqual(rounds.map(sum), [28, 28]);
  assert.notEqual(leaks.length, 0);
  held.length = 0;
});

test('what may grow is not told', async () => {
  const leak = () => void sessions.set(sessions.size, new Session());
  const allow = ['Session', vm.runInNewContext('/^sess/g'), /^\(/, /Array/];
  for (const option of [{ allow }, { track: ['handles'] }, { minBytes: 10_000 }]) {
    const { leaks } = await findLeaks(leak, /** @type {any} */ ({ ...OPTIONS, ...option }));
    assert.deepEqual(leaks, []);
  }
  sessions.clear();
});

test('a cache that fills meanwhile is full before the second pass', async () => {
  let next = 0;
  await assertNoLeak(() => {
    sessions.set(next++ % 400, new Session());
  }, OPTIONS);
  sessions.clear();
});

/** Workloads that grow and mean to: once, or up to a bound. */
/** @type {[string, () => any][]} */
const INTENDED = [
  ['a table that is computed once', () => {
    /** @type {Map<number, object> | null} */
    let table = null;
    return () => (table ??= new Map(Array.from({ length: 500 }, (_, i) => [i, { i }])));
  }],
  ['a pool that connects when it is used', () => {
    /** @type {net.Socket[]} */
    const idle = [];
    const server = net.createServer((socket) => void socket.unref().pipe(socket)).unref();
    const address = once(server.listen(0, '127.0.0.1'), 'listening').then(() => /** @type {any} */ (server.address()));
    return async () => {
      const socket = idle.pop() ?? net.connect((await address).port, '127.0.0.1').unref();
      socket.write('select 1');
      await once(socket, 'data');
      idle.push(socket);
    };
  }],
  ['code that the compiler optimises meanwhile', () => {
    const add = (/** @type {any} */ a, /** @type {any} */ b) => a + b;
    let round = 0;
    return () => {
      const kinds = [1, 1.5, 'text', 10n];
      for (let i = 0; i < 2000; i++) add(kinds[round % 4], kinds[round % 4]);
      round++;
    };
  }],
  ['a module that is loaded late', () => {
    let calls = 0;
    return () => ++calls > 20 && require('node:zlib').gzipSync('text');
  }],
  ['console output', () => {
    const output = new Console(new Writable({ write: (_chunk, _encoding, done) => done() }));
    return () => output.log('hello %s', 'ann', { a: 1 });
  }],
  ['async local storage', () => {
    const storage = new AsyncLocalStorage();
    return () => storage.run({ id: 1 }, async () => storage.getStore());
  }],
  ['a logger that writes when its buffer is full', () => {
    /** @type {string[]} */
    let lines = [];
    return () => {
      if (lines.push(`line ${lines.length}`) >= 20) lines = [];
    };
  }],
];

for (const [what, make] of INTENDED) {
  test(`${what} is no leak`, async () => {
    await assertNoLeak(make(), OPTIONS);
  });
}

test('async functions and generators are run to their end, with what setup gave', async () => {
  /** @type {string[]} */
  const calls = [];
  const hooks = {
    setup: async () => calls.push('setup') && 'state',
    teardown: (/** @type {string} */ state) => void calls.push(`teardown ${state}`),
  };
  /** @type {Function[]} */
  const workloads = [
    async (/** @type {string} */ state) => calls.push(await state),
    function* (/** @type {string} */ state) {
      yield 1;
      calls.push(state);
    },
    async function* (/** @type {string} */ state) {
      yield 1;
      calls.push(await state);
    },
  ];
  for (const fn of workloads) {
    calls.length = 0;
    await new Workload(fn, hooks).round(2);
    assert.deepEqual(calls, ['setup', 'state', 'state', 'teardown state']);
  }
});

test('what a workload throws or rejects with is what the test rejects with', async () => {
  const wrong = new Error('of the workload');
  await assert.rejects(findLeaks(() => { throw wrong; }, OPTIONS), wrong);
  await assert.rejects(findLeaks(() => Promise.reject(wrong), OPTIONS), wrong);
});

test('a workload that changes the clock neither ends the test nor makes a leak', async () => {
  const [dateNow, performanceNow] = [Date.now, performance.now];
  let hours = 0;
  try {
    const { leaks } = await findLeaks(() => {
      const past = (hours += 1) * -3_600_000;
      Date.now = () => past;
      performance.now = () => past;
    }, OPTIONS);
    assert.deepEqual(leaks, []);
  } finally {
    Date.now = dateNow;
    performance.now = performanceNow;
  }
});

test('a workload that ends the process ends it', async () => {
  const program = `require(${JSON.stringify(path.join(__dirname, '..', 'test.js'))})
    .findLeaks(() => process.exit(7))`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.deepEqual({ status, stderr }, { status: 7, stderr: '' });
});

test('a workload that never ends is a timeout that says what is known', async () => {
  const options = { ...OPTIONS, timeout: 300 };
  /** @type {any} */
  const error = await findLeaks(() => new Promise(() => {}), options).then(() => null, (e) => e);
  assert.ok(error instanceof HeapwatchError);
  assert.equal(error.code, 'ERR_HEAPWATCH_TIMEOUT');
  assert.match(error.message, /300 ms, after 0 iterations and 0 rounds: nothing is suspected/);
  assert.equal(error.detail.seed, OPTIONS.seed);
});

test('wrong options are refused by name', async () => {
  const fn = () => {};
  /** @type {[any, any, string][]} */
  const wrong = [
    [null, {}, 'fn'],
    [fn, { rounds: 3 }, 'rounds'],
    [fn, { iteration: 100 }, 'iteration'],
    [fn, { iterations: 1.5 }, 'iterations'],
    [fn, { allow: 'Session' }, 'allow'],
    [fn, { allow: [''] }, 'allow'],
    [fn, { track: ['object'] }, 'track'],
    [fn, { timeout: Infinity }, 'timeout'],
    [fn, { seed: -1 }, 'seed'],
    [fn, { setup: 1 }, 'setup'],
    [fn, [], 'options'],
  ];
  for (const [workload, options, option] of wrong) {
    await assert.rejects(findLeaks(workload, options), { code: 'ERR_HEAPWATCH_OPTION', detail: /** @type {any} */ ({
      option,
      expected: (await findLeaks(workload, options).catch((e) => e)).detail.expected,
    }) });
  }
});

test('an object is collected, or the path that holds it is told', async () => {
  await assertCollected(new WeakRef(new Session()));
  await assertCollected(() => new Session());
  await assert.rejects(
    assertCollected(() => {
      held.push(new Session());
      return held[0];
    }),
    { code: 'ERR_HEAPWATCH_LEAK', message: /not collected\n {4}path .*held Array → \[\*\] Session/ },
  );
  held.length = 0;
  await assert.rejects(assertCollected(/** @type {any} */ ({})), { code: 'ERR_HEAPWATCH_OPTION' });
});

test('instances are counted in all contexts', async () => {
  class Counted extends Session {}
  const kept = [new Counted(), new Counted()];
  assert.equal(await countInstances(Counted), 2);
  const context = vm.createContext({});
  const Foreign = vm.runInContext('class Foreign {}; globalThis.kept = [new Foreign()]; Foreign', context);
  assert.equal(await countInstances(Foreign), 1);
  assert.equal(context.kept.length + kept.length, 3);
  await assert.rejects(countInstances(/** @type {any} */ ('Counted')), { code: 'ERR_HEAPWATCH_OPTION' });
});

test('a race against a deadline keeps nothing of those before it', async (t) => {
  const deadline = new Deadline(60_000, () => new Error('too late'));
  t.after(() => deadline.clear());
  const refs = [];
  for (let i = 0; i < 3; i++) refs.push(new WeakRef(await deadline.race(Promise.resolve({ i }))));
  await deadline.race(Promise.resolve());
  for (const ref of refs) await assertCollected(ref);
});

test('doses fit the options and the time, in an order that a seed repeats', () => {
  assert.deepEqual(dosesOf(5, undefined, Infinity), [7, 13, 23, 31, 41]);
  assert.deepEqual(dosesOf(5, undefined, 100), [2, 3, 5, 7, 11]);
  assert.deepEqual(dosesOf(4, 60, 0), [2, 3, 5, 7]);
  assert.equal(sum(dosesOf(5, 1150, 0)), 1150);
  const order = (/** @type {number} */ seed) => shuffled([1, 2, 3, 4, 5], randomOf(seed)).join();
  assert.equal(order(1), order(1));
  const seen = new Set(Array.from({ length: 2000 }, (_, seed) => order(seed)));
  assert.equal(seen.size, 120);
});
