'use strict';

/**
 * What an assertion that code leaks nothing takes in Jest, beside other ways to ask:
 * `node bench/leak_test.js [--runs 7] [--only heapwatch,memlab,...]`. See README.md here.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { coresBusyWithOthers, machineClass, othersReport } = require('./machine.js');
const { installPackages } = require('./npm_install.js');
const { ratio, seconds, spreadOf, table, withSpread } = require('./table.js');

const FOLDER = path.join(__dirname, 'out', 'leak_test');
const ROOT = path.join(__dirname, '..');
/** What leakage calls its memwatch, which current versions of Node can't compile. */
const MEMWATCH = '@aidemaster/node-memwatch';
const PACKAGES = ['jest@30.5.2', '@memlab/core@2.0.5', 'jest-leak-detector@30.5.1', 'leakage@0.5.0'];
/** Only ends what hangs. */
const TIMEOUT_MS = 120_000;

/** The same in each test file: a small module, whose work leaves nothing, and a clock. */
const HEAD = `'use strict';
const fs = require('node:fs');
const { handle } = require('./sessions.js');
let id = 0;
const work = () => handle({ id: id++, user: 'ann' });
async function timed(assertion) {
  const start = performance.now();
  await assertion();
  fs.writeFileSync(process.env.TIME_FILE, String(performance.now() - start));
}
`;

const SESSIONS = `'use strict';
class Session {
  constructor(user) {
    this.user = user;
    this.openedAt = new Date();
  }
}
const sessions = new Map();
exports.handle = (request) => {
  const session = new Session(request.user);
  sessions.set(request.id, session);
  sessions.delete(request.id);
  return 'hello ' + session.user;
};
`;

/**
 * Each passes. What they find out differs: see README.md.
 *
 * @type {Record<string, { title: string, test: string }>}
 */
const CANDIDATES = {
  heapwatch: {
    title: 'heapwatch: `not.toLeak()`',
    test: `test('no leak', () => timed(() => expect(work).not.toLeak()), ${TIMEOUT_MS});`,
  },
  memlab: {
    title: 'memlab: `takeNodeMinimalHeap()`',
    test: `
      const { config, tagObject, takeNodeMinimalHeap } = require('@memlab/core');
      test('no leak', () => timed(async () => {
        config.muteConsole = true;
        // A function of its own: this one's registers would hold it.
        (() => void tagObject({ answer: work() }, 'result'))();
        const heap = await takeNodeMinimalHeap();
        expect(heap.hasObjectWithTag('result')).toBe(false);
      }), ${TIMEOUT_MS});`,
  },
  detector: {
    title: 'jest-leak-detector: `isLeaking()`',
    test: `
      const LeakDetector = require('jest-leak-detector').default;
      const held = { answer: work() };
      test('held', () => timed(async () => {
        expect(await new LeakDetector(held).isLeaking()).toBe(true);
      }), ${TIMEOUT_MS});
      afterAll(() => expect(held.answer).toBe('hello ann'));`,
  },
  leakage: {
    title: 'leakage: `iterate()`',
    test: `
      const { iterate } = require('leakage');
      test('no leak', () => timed(() => void iterate(work)), ${TIMEOUT_MS});`,
  },
  leakageAsync: {
    title: 'leakage: `iterate.async()`',
    test: `
      const { iterate } = require('leakage');
      test('no leak', () => timed(() => iterate.async(async () => work())), ${TIMEOUT_MS});`,
  },
};

function prepare() {
  const failure = installPackages(FOLDER, PACKAGES);
  if (failure !== null) throw new Error(failure);
  const memwatch = path.join(FOLDER, 'node_modules', MEMWATCH);
  fs.rmSync(memwatch, { recursive: true, force: true });
  fs.mkdirSync(memwatch, { recursive: true });
  fs.writeFileSync(
    path.join(memwatch, 'index.js'),
    `module.exports = require(${JSON.stringify(path.join(ROOT, 'memwatch.js'))});\n`,
  );
  fs.writeFileSync(path.join(FOLDER, 'sessions.js'), SESSIONS);
  for (const [name, { test }] of Object.entries(CANDIDATES)) {
    fs.writeFileSync(path.join(FOLDER, `${name}.test.js`), `${HEAD}${test}\n`);
  }
  const setup = `require(${JSON.stringify(path.join(ROOT, 'jest.js'))});\n`;
  fs.writeFileSync(path.join(FOLDER, 'matchers.js'), setup);
  fs.writeFileSync(path.join(FOLDER, 'none.js'), '');
}

/**
 * The assertion in a Jest of its own.
 *
 * @param {string} name
 * @returns {number | null} milliseconds; `null` if the assertion failed
 */
function measure(name) {
  const timeFile = path.join(FOLDER, 'time.txt');
  fs.rmSync(timeFile, { force: true });
  const jest = path.join(FOLDER, 'node_modules', 'jest', 'bin', 'jest.js');
  // The others don't have heapwatch in their process.
  const setup = path.join(FOLDER, name === 'heapwatch' ? 'matchers.js' : 'none.js');
  const args = [jest, '--runInBand', '--rootDir', FOLDER, '--setupFilesAfterEnv', setup];
  const run = spawnSync(process.execPath, [...args, '--testPathPatterns', `/${name}\\.test`], {
    cwd: FOLDER,
    env: { ...process.env, TIME_FILE: timeFile, CI: 'true' },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (run.status === 0 && fs.existsSync(timeFile)) return Number(fs.readFileSync(timeFile, 'utf8'));
  process.stderr.write(`${run.stdout}${run.stderr}\n`);
  return null;
}

function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '7' },
      only: { type: 'string', default: Object.keys(CANDIDATES).join() },
    },
  });
  const names = values.only.split(',');
  if (!/^[1-9]\d*$/.test(values.runs) || !names.every((name) => name in CANDIDATES)) {
    console.error(`usage: node bench/leak_test.js [--runs 7] [--only ${Object.keys(CANDIDATES).join()}]`);
    process.exitCode = 2;
    return;
  }
  prepare();
  /** @type {Record<string, number[]>} */
  const times = {};
  /** @type {Record<string, number>} */
  const failed = {};
  const busy = [];
  for (let run = 1; run <= Number(values.runs); run += 1) {
    process.stderr.write(`run ${run} of ${values.runs}\n`);
    busy.push(coresBusyWithOthers());
    for (const name of names) {
      const ms = measure(name);
      if (ms === null) failed[name] = (failed[name] ?? 0) + 1;
      else (times[name] ??= []).push(ms);
    }
  }
  console.log(`${machineClass()}\n${othersReport(busy)}\n`);
  const rows = names.map((name) => row(name, times, failed[name] ?? 0));
  console.log(table(['median (min-max) of an assertion in Jest', 'seconds', 'of heapwatch', 'failed'], rows));
}

/**
 * @param {string} name
 * @param {Record<string, number[]>} times
 * @param {number} failed
 */
function row(name, times, failed) {
  const own = times[name];
  if (own === undefined) return [CANDIDATES[name].title, '-', '-', `${failed}`];
  const ours = times.heapwatch;
  const relative = ours === undefined ? '-' : ratio(spreadOf(own).median, spreadOf(ours).median);
  return [CANDIDATES[name].title, withSpread(own, seconds), relative, `${failed}`];
}

main();
