'use strict';

/**
 * Leak tests in fresh projects: each test runner is installed from npm, heapwatch from `npm pack`, in a
 * temporary folder. The leaking version of the program must fail with class, count an iteration, path
 * and line, the fixed one must pass; fake timers, mocks, coverage and workers must not be in the way.
 *
 *     node __test__/runners/run.js [name ...]
 *
 * Needs the network, and the addon built. Takes some minutes.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const PROGRAM = path.join(__dirname, 'program');

/** What the failure of the leaking program says. */
const TOLD = [
  /1 Session \(\d+ bytes\) an iteration/,
  /Session held by sessions \(Map\)/,
  /line +sessions\.js:14:12 \(grows at\)/,
  /sessions\.js:4:14 \(class at\)/,
  /path .*handle\(\) \(sessions\.js:\d+:16\) → \.context \(scope\) → \.sessions Map → \[\*\] Session/,
  /cause +unbounded-collection/,
];

/** Vitest runs modules in functions of its own, whose variables have no names for a walk: the Map is told
 * by the way to it, and the line is that of the class. */
const TOLD_BY_VITEST = [
  /1 Session \(\d+ bytes\) an iteration/,
  /Session held by \S+\.handle \(Map\)/,
  /line +sessions\.js:4:14 \(class at\)/,
  /path .*handle\(\) \(sessions\.js:12:16\) → \.context \(scope\) → \[\*\] Map → \[\*\] Session/,
  /cause +unbounded-collection/,
];

const JEST = {
  files: { 'jest_tests.js': 'sessions.test.js' },
  manifest: { jest: { setupFilesAfterEnv: ['heapwatch/jest'] } },
  told: TOLD,
};
const VITEST = {
  files: { 'vitest_tests.mjs': 'sessions.test.mjs', 'vitest.config.mjs': 'vitest.config.mjs' },
  manifest: {},
  told: TOLD_BY_VITEST,
};

/**
 * @typedef {{ packages: string[], files: Record<string, string>, manifest: object, told: RegExp[],
 *   commands: string[][] }} Project
 */

/** The first command runs on the leaking program, all of them on the fixed one. */
/** @type {Record<string, Project>} */
const PROJECTS = {
  'jest 30': {
    ...JEST,
    packages: ['jest@30'],
    commands: [
      ['jest'],
      ['jest', '--runInBand', '--detectOpenHandles'],
      ['jest', '--coverage', '--workerThreads', '--maxWorkers=2'],
      ['jest', '--coverage', '--coverageProvider=v8', '--logHeapUsage'],
    ],
  },
  'jest 29': { ...JEST, packages: ['jest@29'], commands: [['jest'], ['jest', '--runInBand']] },
  'vitest forks': { ...VITEST, packages: ['vitest'], commands: [['vitest', 'run', '--pool=forks']] },
  'vitest threads': { ...VITEST, packages: ['vitest'], commands: [['vitest', 'run', '--pool=threads']] },
  'node:test': {
    packages: [],
    files: { 'node_tests.js': 'sessions.test.js' },
    manifest: {},
    told: TOLD,
    commands: [['node', '--test', 'sessions.test.js']],
  },
  mocha: {
    packages: ['mocha'],
    files: { 'mocha_tests.js': 'sessions.test.js' },
    manifest: {},
    told: TOLD,
    commands: [['mocha', 'sessions.test.js']],
  },
};

/**
 * Packs this package and the one with the addon of this platform, as they are published.
 *
 * @param {string} folder
 * @returns {string[]} files
 */
function pack(folder) {
  const addon = fs.readdirSync(ROOT).find((file) => file.endsWith('.node'));
  if (addon === undefined) throw new Error('build the addon first: npm run build');
  const platform = addon.slice('heapwatch.'.length, -'.node'.length);
  const platformFolder = path.join(folder, platform);
  fs.cpSync(path.join(ROOT, 'npm', platform), platformFolder, { recursive: true });
  fs.copyFileSync(path.join(ROOT, addon), path.join(platformFolder, addon));
  return [ROOT, platformFolder].map((from) => {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, from];
    const [{ filename }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
    return path.join(folder, filename);
  });
}

/**
 * @param {string} folder
 * @param {Project} project
 * @param {string[]} tarballs
 */
function install(folder, { packages, files, manifest }, tarballs) {
  fs.mkdirSync(folder);
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', private: true, ...manifest }),
  );
  for (const [from, to] of Object.entries({ 'sessions.js': 'sessions.js', ...files })) {
    fs.copyFileSync(path.join(PROGRAM, from), path.join(folder, to));
  }
  const args = ['install', '--no-audit', '--no-fund', '--omit=optional', ...tarballs, ...packages];
  // Bundlers of test runners come as optional packages, so those are wanted where there are some.
  if (packages.length > 0) args.splice(args.indexOf('--omit=optional'), 1);
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * @param {string} folder
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
function run(folder, [program, ...args], env) {
  const bin = path.join(folder, 'node_modules', '.bin', program);
  const script = program === 'node' ? [] : [fs.realpathSync(bin)];
  /** @type {NodeJS.ProcessEnv} */
  const full = { ...process.env, CI: 'true', FORCE_COLOR: '0', NO_COLOR: '1', ...env };
  delete full.NODE_TEST_CONTEXT;
  return spawnSync(process.execPath, [...script, ...args], {
    cwd: folder,
    env: full,
    encoding: 'utf8',
    timeout: 240_000,
  });
}

/**
 * @param {string} folder
 * @param {Project} project
 * @returns {string[]} what is wrong
 */
function check(folder, { told, commands }) {
  const failures = [];
  const leaking = run(folder, commands[0], { LEAK: '1' });
  const output = leaking.stdout + leaking.stderr;
  if (leaking.status === 0) failures.push('the leaking program passes');
  for (const part of told) {
    if (!part.test(output)) failures.push(`the failure doesn't say ${part}:\n${output}`);
  }
  for (const command of commands) {
    const fixed = run(folder, command, {});
    if (fixed.status !== 0) {
      failures.push(`${command.join(' ')}: the fixed program fails:\n${fixed.stdout}${fixed.stderr}`);
    }
  }
  return failures;
}

function main() {
  const wanted = process.argv.slice(2);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heapwatch-runners-'));
  try {
    const tarballs = pack(folder);
    for (const [name, project] of Object.entries(PROJECTS)) {
      if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
      const at = path.join(folder, name.replace(/\W/g, '-'));
      install(at, project, tarballs);
      const start = Date.now();
      const failures = check(at, project);
      const seconds = ((Date.now() - start) / 1000).toFixed(1);
      process.stdout.write(`${failures.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
      for (const failure of failures) process.stdout.write(`  ${failure}\n`);
      if (failures.length > 0) process.exitCode = 1;
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main();
