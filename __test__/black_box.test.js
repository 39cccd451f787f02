'use strict';

/** What is left of a process that died, with real ones that die. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const heapwatch = require('..');
const { BlackBox } = require('../lib/black_box.js');
const { lastRunOf } = require('../lib/last_run.js');
const { runProgram } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');

test.afterEach(() => heapwatch.stop());

const PROGRAM = 'box_and_die.js';

/**
 * @param {string} file
 * @param {string} ending
 * @param {string[]} [nodeArgs]
 */
async function run(file, ending, nodeArgs = []) {
  const outcome = await runProgram(PROGRAM, { args: [file, ending], nodeArgs });
  const errors = outcome.results.filter(({ error }) => error !== undefined);
  const pid = outcome.results.find((result) => result.pid !== undefined)?.pid;
  const told = outcome.results.find(({ lastRun }) => lastRun !== undefined)?.lastRun ?? null;
  const { status } = outcome.results.find((result) => result.pid !== undefined) ?? { status: null };
  return { ...outcome, pid, errors, told, status };
}

test('a process that is killed is told by the next, once, with what it held', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  const killed = await run(file, 'kill');
  assert.equal(killed.signal, 'SIGKILL', killed.stderr);
  assert.deepEqual([killed.told, killed.status, killed.errors], [null, null, []]);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.ok(fs.statSync(file).size <= 64 * 1024);

  const next = await run(file, 'exit');
  const { told } = next;
  assert.equal(told.pid, killed.pid);
  assert.deepEqual(next.status, told);
  assert.match(told.reason, /^The last run \(pid \d+\) died after \d{4}-.* while JavaScript heap grew/);
  assert.equal(told.pool, 'js-heap');
  assert.ok(told.samples.length >= 3);
  assert.ok(told.samples.at(-1).usedBytes > told.samples[0].usedBytes + 8e6);
  assert.ok(told.rssBytes > 10e6 && told.heapUsedBytes > 10e6 && told.memoryLimitBytes > 0);
  assert.ok(Date.parse(told.endedAt) >= Date.parse(told.startedAt));

  const last = await run(file, 'exit');
  assert.equal(last.told, null);
  assert.equal(last.code, 0, last.stderr);
});

test('V8 out of memory is told as that', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  const died = await run(file, 'heap-oom', ['--max-old-space-size=64']);
  assert.notEqual(died.code, 0);
  const { told } = await run(file, 'exit');
  assert.equal(told.pid, died.pid);
  assert.match(told.reason, /JavaScript heap \d+ MB, \d+ % of its limit/);
});

for (const ending of ['exit', 'return', 'throw', 'stop']) {
  test(`a process that ends by itself (${ending}) leaves a clean box`, async (t) => {
    const file = path.join(temporaryFolder(t), 'box');
    const first = await run(file, ending);
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).state, 'clean', first.stderr);
    const next = await run(file, 'exit');
    assert.deepEqual([next.told, next.status, next.errors], [null, null, []]);
  });
}

test('the box is written on while the event loop is blocked', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  const died = await run(file, 'block');
  assert.equal(died.signal, 'SIGKILL');
  const { rss } = JSON.parse(fs.readFileSync(file, 'utf8'));
  // Blocked for 2.5 s, killed then: readings are a second apart.
  assert.ok(rss.length >= 3, JSON.stringify(rss));
});

test('a box of a process that lives is left to it', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  await run(file, 'kill');
  const box = JSON.parse(fs.readFileSync(file, 'utf8'));
  box.run.pid = process.pid;
  box.run.startTicks = startTicks();
  fs.writeFileSync(file, JSON.stringify(box));
  const { errors, told, code, stderr } = runOnce(file);
  assert.equal(code, 0, stderr);
  assert.equal(told, null);
  assert.deepEqual(errors.map(({ error }) => error), ['ERR_HEAPWATCH_BLACK_BOX']);
  assert.match(errors[0].message, new RegExp(`process ${process.pid} writes to it`));
  assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).run.pid, process.pid);

  // The number was given to another process since.
  box.run.startTicks = '1';
  fs.writeFileSync(file, JSON.stringify(box));
  assert.equal((runOnce(file)).told.pid, process.pid);
});

/**
 * Watches with a black box until something is told of it, and a moment longer, for more of that. The
 * other timer only ends what hangs.
 */
const ONCE = `
  const heapwatch = require(${JSON.stringify(path.join(__dirname, '..'))});
  const alive = setTimeout(() => {}, 30_000);
  const tell = (value) => {
    require('node:fs').writeSync(1, JSON.stringify(value) + '\\n');
    clearTimeout(alive);
    setTimeout(() => {}, 50);
  };
  const watcher = heapwatch.watch({ blackBox: process.argv[1], readingEveryMs: 10 });
  watcher.on('error', ({ code, message }) => tell({ error: code, message }));
  watcher.on('lastRun', (lastRun) => tell({ lastRun }));
`;

/** @param {string} file */
function runOnce(file) {
  return once(process.execPath, ['-e', ONCE, file]);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function once(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  const results = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return {
    code: status,
    stderr,
    errors: results.filter(({ error }) => error !== undefined),
    told: results.find(({ lastRun }) => lastRun !== undefined)?.lastRun ?? null,
  };
}

function startTicks() {
  const stat = fs.readFileSync('/proc/self/stat', 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

test('files that are no black boxes are told, and written over', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  /** @type {[string, string | Buffer][]} */
  const cases = [
    ['empty', ''],
    ['half', '{"heapwatchBlackBox":1,"state":"run'],
    ['another version', '{"heapwatchBlackBox":2,"state":"running","writtenAtMs":1,"run":{}}'],
    ['no run', '{"heapwatchBlackBox":1,"state":"running","writtenAtMs":1,"run":[]}'],
    ['not text', Buffer.from([0xff, 0xfe, 0x00])],
    ['huge', Buffer.alloc(3 << 20, 0x20)],
  ];
  for (const [name, contents] of cases) {
    fs.writeFileSync(file, contents);
    const { code, errors, told, stderr } = runOnce(file);
    assert.equal(code, 0, stderr);
    assert.equal(told, null, name);
    assert.deepEqual(errors.map(({ error }) => error), ['ERR_HEAPWATCH_BLACK_BOX'], name);
    assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).state, 'clean', name);
  }
});

test('where no file can be written that is told, and the process runs', async (t) => {
  const folder = temporaryFolder(t);
  const directory = path.join(folder, 'directory');
  fs.mkdirSync(directory);
  const fifo = path.join(folder, 'fifo');
  spawnSync('mkfifo', [fifo]);
  for (const file of [directory, fifo, path.join(folder, 'missing', 'box'), '/dev/null', '/proc/box']) {
    const { code, errors, stderr } = runOnce(file);
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(errors.map(({ error }) => error), ['ERR_HEAPWATCH_BLACK_BOX'], file);
  }
  assert.deepEqual(fs.readdirSync(folder).sort(), ['directory', 'fifo']);
});

test('a full disk is told', { skip: !mayMount() }, async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'box');
  // A file system of one page, in a namespace of its own, which ends with the process.
  const fill = `mount -t tmpfs -o size=4k none ${folder} && head -c 4096 /dev/zero > ${folder}/full`;
  const command = `${fill}; exec "$0" "$@"`;
  const args = ['-rm', 'sh', '-c', command, process.execPath, '-e', ONCE, file];
  const { code, errors, stderr } = once('unshare', args);
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(errors.map(({ error }) => error), ['ERR_HEAPWATCH_BLACK_BOX']);
  assert.match(errors[0].message, /No space left/);
});

function mayMount() {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

test('a file that somebody else replaces is left to them', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'box');
  const watcher = heapwatch.watch({ blackBox: file, readingEveryMs: 10 });
  await until(() => fs.existsSync(file));
  fs.writeFileSync(path.join(folder, 'theirs'), 'theirs');
  fs.utimesSync(path.join(folder, 'theirs'), 1, 1);
  fs.renameSync(path.join(folder, 'theirs'), file);
  const alive = setInterval(() => {}, 10);
  const error = await new Promise((resolve) => watcher.once('error', resolve));
  clearInterval(alive);
  assert.equal(error.code, 'ERR_HEAPWATCH_BLACK_BOX');
  assert.match(error.message, /another process/);
  watcher.stop();
  assert.equal(fs.readFileSync(file, 'utf8'), 'theirs');
});

/** @param {() => boolean} isTrue */
async function until(isTrue) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('in a worker thread there is no black box, and an error says so', async () => {
  const { Worker } = require('node:worker_threads');
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const watcher = require(${JSON.stringify(path.join(__dirname, '..'))}).watch({ blackBox: 'box' });
     watcher.on('error', ({ code, message }) => parentPort.postMessage({ code, message }));`,
    { eval: true },
  );
  const error = await new Promise((resolve) => worker.once('message', resolve));
  assert.equal(error.code, 'ERR_HEAPWATCH_BLACK_BOX');
  assert.match(error.message, /worker thread/);
  await worker.terminate();
});

test('a record stays below its size, and sections below theirs', async (t) => {
  const file = path.join(temporaryFolder(t), 'box');
  const box = new BlackBox(file);
  /** @type {any[]} */
  const records = [];
  box.start({
    take: () => 'null',
    record: (run) => void records.push(run),
    takeFailure: () => null,
    finish: () => true,
    stop: () => {},
  });
  box.addSection('sites', () => [{ site: 'a.js:1', bytes: 7 }]);
  box.addSection('large', () => 'x'.repeat(20_000));
  const text = (/** @type {number} */ length) => 'a'.repeat(length);
  const run = { status: {}, samples: [{ timeMs: 1 }, { timeMs: 2 }, { timeMs: 3 }], leaks: [], report: null };
  box.record(run);
  const { sections, samples, pid } = JSON.parse(records[0]);
  assert.deepEqual(sections, { sites: [{ site: 'a.js:1', bytes: 7 }], large: { omittedBytes: 20_002 } });
  assert.deepEqual([samples.length, pid], [3, process.pid]);

  box.addSection('large', () => text(16_000));
  box.addSection('larger', () => text(16_000));
  for (const size of [1000, 10_000, 1e6]) {
    const large = Array.from({ length: 60 }, (_, i) => ({ timeMs: i, name: text(size) }));
    const leaks = [{ reason: text(30_000) }, { reason: text(size) }];
    box.record({ ...run, samples: large, leaks });
    assert.ok(Buffer.byteLength(records.at(-1)) <= 60 * 1024, `${size}`);
    assert.equal(JSON.parse(records.at(-1)).pid, process.pid);
  }
  box.finish();
  box.record(run);
  assert.equal(records.length, 4, 'nothing after the end');
});

test('what is in a box is not believed beyond what it can be', () => {
  const empty = lastRunOf({ writtenAtMs: 0, rss: 'none', run: { status: 7, samples: {}, leaks: 1 } });
  assert.match(empty.reason, /^The last run \(pid unknown\) died after 1970-01-01T.*; no growth was seen\.$/);
  assert.deepEqual([empty.pid, empty.startedAt, empty.pool, empty.samples], [null, null, null, []]);
  const odd = lastRunOf({
    writtenAtMs: 0,
    rss: [[1, 'x'], null, 7],
    run: { pid: 'x', status: { state: 'confirmed', pool: 'toString', pools: null } },
  });
  assert.deepEqual([odd.pool, odd.rssBytes, odd.outOfMemory], [null, null, false]);
  const full = lastRunOf({
    writtenAtMs: 1000,
    rss: [[900, 95e6]],
    run: {
      pid: 7,
      startedAt: '2026-01-01T00:00:00.000Z',
      status: {
        state: 'confirmed',
        verdict: 'external',
        pool: 'external',
        limits: { memoryBytes: 100e6 },
        pools: {
          external: { startBytes: 10 * 2 ** 20, currentBytes: 60 * 2 ** 20, bytesPerHour: { mid: 3600 * 2 ** 20 } },
        },
      },
    },
  });
  assert.equal(full.outOfMemory, true);
  assert.equal(
    full.reason,
    'The last run (pid 7) died after 1970-01-01T00:00:01.000Z while external memory grew by 1.0 MB/s, ' +
      'from 10 MB to 60 MB; resident set 91 MB, 95 % of its limit.',
  );
});
