'use strict';

/**
 * Leak tests in fresh projects: each test runner is installed from npm, heapwatch from `npm pack`, in a
 * temporary folder. The leaking version of the program must fail with class, count an iteration, path
 * and line, the fixed one must pass; fake timers, mocks, coverage, workers, ES modules and what compiles
 * TypeScript must not be in the way.
 *
 *     node __test__/runners/run.js [name ...]
 *
 * Needs the network, and the addon built. Takes some minutes.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { install, pack, run } = require('./fresh_project.js');

/**
 * What the failure of the leaking program says.
 *
 * @param {string} file
 * @param {{ grows: string, made: string, handle: string }} at lines and columns in it
 */
function told(file, { grows, made, handle }) {
  const name = file.replaceAll('.', '\\.');
  return [
    /1 Session \(\d+ bytes\) an iteration/,
    /Session held by sessions \(Map\)/,
    new RegExp(`line +${name}:${grows} \\(grows at\\)`),
    new RegExp(`${name}:${made} \\(class at\\)`),
    new RegExp(`path .*\\(${name}:${handle}\\) → \\.context \\(scope\\) → \\.sessions Map → \\[\\*\\] Session`),
    /cause +unbounded-collection/,
  ];
}

const TOLD = told('sessions.js', { grows: '14:12', made: '4:14', handle: '12:16' });

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
  files: { 'sessions.js': 'sessions.js', 'jest_tests.js': 'sessions.test.js' },
  manifest: { jest: { setupFilesAfterEnv: ['heapwatch/jest'] } },
  told: TOLD,
};
/** ES modules, which Jest loads through `vm` modules: those are the shortest way to the Map. */
const JEST_ESM = {
  packages: ['jest@30'],
  files: { 'sessions.mjs': 'sessions.mjs', 'jest_tests.mjs': 'sessions.test.mjs' },
  manifest: {
    jest: {
      setupFilesAfterEnv: ['heapwatch/jest'],
      testMatch: ['**/*.test.mjs'],
      moduleFileExtensions: ['mjs', 'js'],
      transform: {},
    },
  },
  told: [
    /1 Session \(\d+ bytes\) an iteration/,
    /Session held by sessions \(Map\)/,
    /line +sessions\.mjs:12:12 \(grows at\)/,
    /sessions\.mjs:2:14 \(class at\)/,
    /path .*SourceTextModule → .*\.sessions Map → \[\*\] Session/,
    /cause +unbounded-collection/,
  ],
  commands: [['node', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js']],
};

/**
 * TypeScript, whose lines are told by source maps.
 *
 * @param {string[]} packages
 * @param {string | [string, object]} transform
 * @param {string} made where its map has the constructor: the class, or what is in it
 * @param {string} [tsconfig]
 */
const jestWith = (packages, transform, made, tsconfig = 'typescript.json') => ({
  packages: ['jest@30', '@jest/globals@30', ...packages],
  files: {
    'sessions.ts': 'sessions.ts',
    'jest_tests.ts': 'sessions.test.ts',
    [tsconfig]: 'tsconfig.json',
  },
  manifest: {
    jest: { setupFilesAfterEnv: ['heapwatch/jest'], transform: { '\\.ts$': transform } },
  },
  told: told('sessions.ts', { grows: '16:12', made, handle: '\\d+:\\d+' }),
  commands: [['jest'], ['jest', '--coverage', '--runInBand']],
});
const TS_JEST = ['ts-jest@29', 'typescript@5', '@types/node@20'];
const VITEST = {
  files: {
    'sessions.js': 'sessions.js',
    'vitest_tests.mjs': 'sessions.test.mjs',
    'vitest.config.mjs': 'vitest.config.mjs',
  },
  manifest: {},
  told: TOLD_BY_VITEST,
};

/**
 * @typedef {import('./fresh_project.js').FreshProject & { told: RegExp[], commands: string[][] }} Project
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
      ['jest', '--detectLeaks'],
    ],
  },
  'jest esm': JEST_ESM,
  'jest ts-jest': jestWith(TS_JEST, 'ts-jest', '9:3'),
  'jest isolated ts-jest': jestWith(TS_JEST, 'ts-jest', '9:3', 'typescript_isolated.json'),
  'jest swc': jestWith(['@swc/jest', '@swc/core'], [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, sourceMaps: 'inline' },
  ], '9:3'),
  'jest babel': jestWith(['@babel/core@7', '@babel/preset-env@7', '@babel/preset-typescript@7'], [
    'babel-jest',
    {
      presets: [
        ['@babel/preset-env', { targets: { node: 'current' } }],
        '@babel/preset-typescript',
      ],
    },
  ], '9:\\d+'),
  'jest 29': { ...JEST, packages: ['jest@29'], commands: [['jest'], ['jest', '--runInBand', '--detectLeaks']] },
  'vitest forks': { ...VITEST, packages: ['vitest'], commands: [['vitest', 'run', '--pool=forks']] },
  'vitest threads': { ...VITEST, packages: ['vitest'], commands: [['vitest', 'run', '--pool=threads']] },
  'node:test': {
    packages: [],
    files: { 'sessions.js': 'sessions.js', 'node_tests.js': 'sessions.test.js' },
    manifest: {},
    told: TOLD,
    commands: [['node', '--test', 'sessions.test.js']],
  },
  mocha: {
    packages: ['mocha'],
    files: { 'sessions.js': 'sessions.js', 'mocha_tests.js': 'sessions.test.js' },
    manifest: {},
    told: TOLD,
    commands: [['mocha', 'sessions.test.js']],
  },
};

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
