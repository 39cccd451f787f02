'use strict';

/**
 * Diagnoses the programs of a corpus, each in a process of its own, and prints what was found.
 *
 *     node __test__/leaks/run.js [NAME ...] [--method walk|v8] [--node BINARY] [--jobs 2]
 *         [--quick] [--no-packages] [--shard 1/3] [--text]
 *
 * - `NAME`: only programs whose names contain it; they have no floor then.
 * - `--quick`: the subset that the tests run.
 * - `--no-packages`: only programs that need nothing from npm.
 * - `--shard 1/3`: every third program, from the first on.
 * - `--text`: also the reports of those that are not as expected.
 *
 * Exit code: 0 if the results reach the floor, 1 if not, 2 if a program could not be run.
 */

const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const heapwatch = require('../..');
const { allPrograms } = require('./corpus.js');
const { failures, isAsExpected } = require('./failures.js');
const { judge } = require('./judgement.js');
const { installPackages } = require('./packages.js');
const { belowFloor, scoresOf } = require('./score.js');
const { resultTable } = require('./result_table.js');

const CHILD = path.join(__dirname, 'diagnosed_program.js');

/** Ends what hangs; most programs take some seconds. */
const TIMEOUT_MS = 180_000;

/**
 * @typedef {import('./corpus.js').Entry} Entry
 * @typedef {{
 *   entry: Entry,
 *   report: import('../..').LeakReport | null,
 *   judgement: import('./judgement.js').Judgement | null,
 *   error: string | null,
 *   seconds: number,
 * }} Result
 */

/**
 * @param {Entry} entry
 * @param {{ node: string, method: string }} options
 * @returns {Promise<Result>}
 */
async function resultOf(entry, { node, method }) {
  const startedAt = Date.now();
  const { text, error } = await reportText(node, [CHILD, entry.folder, method]);
  const seconds = (Date.now() - startedAt) / 1000;
  if (error !== null) return { entry, report: null, judgement: null, error, seconds };
  const report = JSON.parse(text);
  return { entry, report, judgement: judge(entry, report), error, seconds };
}

/**
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<{ text: string, error: string | null }>}
 */
function reportText(node, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let text = '';
    let stderr = '';
    const [, , errors, report] = /** @type {import('node:stream').Readable[]} */ (child.stdio);
    report.setEncoding('utf8').on('data', (part) => (text += part));
    errors.setEncoding('utf8').on('data', (part) => (stderr += part));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const said = `ended with ${code ?? signal}\n${stderr}`;
      resolve({ text, error: code === 0 && text !== '' ? null : said });
    });
  });
}

/**
 * @param {Entry[]} entries
 * @param {{ node: string, method: string, jobs: number }} options
 * @returns {Promise<Result[]>} in the order of the entries
 */
async function runAll(entries, options) {
  /** @type {Result[]} */
  const results = [];
  const waiting = [...entries.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [i, entry] = next;
      results[i] = await resultOf(entry, options);
      process.stderr.write('.');
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  process.stderr.write('\n');
  return results;
}

/**
 * @typedef {{
 *   corpus?: string,
 *   names?: string[],
 *   quick?: boolean,
 *   packages?: boolean,
 *   shard?: string,
 * }} Choice
 *   `corpus`: a folder.
 *
 * @param {Choice} choice
 * @returns {Entry[]}
 */
function chosenPrograms({
  corpus = __dirname,
  names = [],
  quick = false,
  packages = true,
  shard = '1/1',
}) {
  const [part, parts] = shard.split('/').map(Number);
  const chosen = allPrograms(corpus).filter(
    ({ name, program }) =>
      (names.length === 0 || names.some((part) => name.includes(part))) &&
      (!quick || program.quick === true) &&
      (packages || program.packages === undefined),
  );
  return chosen.filter((_, i) => i % parts === part - 1);
}

/**
 * @param {Choice & { text?: boolean, node?: string, method?: string, jobs?: number }} options
 * @returns {Promise<0 | 1 | 2>} the exit code
 */
async function runCorpus(options) {
  const { corpus = __dirname, method = 'walk', node = process.execPath, names = [] } = options;
  const entries = chosenPrograms(options);
  if (entries.some(({ program }) => program.packages !== undefined)) {
    const problem = installPackages(corpus);
    if (problem !== null) throw new Error(`the packages could not be installed: ${problem}`);
  }
  const jobs = options.jobs ?? os.availableParallelism();
  const results = await runAll(entries, { node, method, jobs });
  const scores = scoresOf(results);
  console.log(resultTable(results));
  console.log(failures(results));
  if (options.text) printReports(results);
  console.log(scores.map(({ what, right, of }) => `${what} ${right}/${of}`).join(', '));
  if (results.some(({ error }) => error !== null)) return 2;
  const worse = names.length > 0 ? [] : belowFloor(scores);
  for (const line of worse) console.log(line);
  return worse.length > 0 ? 1 : 0;
}

/** @param {Result[]} results */
function printReports(results) {
  for (const result of results) {
    const { entry, report } = result;
    if (report === null || isAsExpected(result)) continue;
    console.log(`${entry.name}\n${heapwatch.renderText(report, { root: entry.folder })}`);
  }
}

/**
 * Runs a corpus as the command line says.
 *
 * @param {string} [corpus]
 */
async function main(corpus) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      method: { type: 'string' },
      node: { type: 'string' },
      jobs: { type: 'string' },
      quick: { type: 'boolean' },
      'no-packages': { type: 'boolean' },
      shard: { type: 'string' },
      text: { type: 'boolean' },
    },
  });
  const { jobs, 'no-packages': noPackages, ...others } = values;
  try {
    process.exitCode = await runCorpus({
      ...others,
      corpus,
      names: positionals,
      packages: !noPackages,
      jobs: jobs === undefined ? undefined : Number(jobs),
    });
  } catch (error) {
    console.error(error);
    process.exitCode = 2;
  }
}

if (require.main === module) main();

module.exports = { main, runCorpus };
