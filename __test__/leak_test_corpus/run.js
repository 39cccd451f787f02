'use strict';

/**
 * Leak tests over a corpus: workloads that keep nothing must not be told (0 false alarms), those that
 * leak must be (all of them). Each workload runs in a process of its own, some times with seeds of its
 * own; packages come from npm into a folder for that.
 *
 *     node __test__/leak_test_corpus/run.js [--runs N] [--node PATH]... [--only TEXT] [--kind clean|leaking]
 *                                           [--seed N] [--timeout SECONDS] [--folder DIR]
 *
 * `--seed` is added to the seeds of the workloads: another number, other orders of the rounds. `--timeout`
 * is that of each leak test. Prints a table, and what was wrong with the seed that shows it again. Each run takes a second.
 */

const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { CLEAN } = require('./clean.js');
const { LEAKING } = require('./leaking.js');

/** A workload that hangs ends so long after the leak test should have. */
const GRACE_MS = 20_000;

/**
 * @typedef {{ name: string, kind: 'clean' | 'leaking', runs: number, wrong: string[], medianMs: number,
 *   told: string }} Row
 */

/** @param {string} folder */
function install(folder) {
  const all = [...Object.values(CLEAN), ...Object.values(LEAKING)].flatMap(({ packages }) => packages);
  const wanted = [...new Set(all)].filter(
    (name) => !fs.existsSync(path.join(folder, 'node_modules', name)),
  );
  if (wanted.length === 0) return;
  fs.mkdirSync(folder, { recursive: true });
  // One that is there names what is installed: without its list npm would remove all that.
  const manifest = path.join(folder, 'package.json');
  if (!fs.existsSync(manifest)) fs.writeFileSync(manifest, '{ "name": "corpus", "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * @param {string} node
 * @param {'clean' | 'leaking'} kind
 * @param {string} name
 * @param {{ folder: string, runs: number, seed: number, timeoutMs: number }} options
 * @returns {Promise<Row>}
 */
async function test(node, kind, name, { folder, runs, seed, timeoutMs }) {
  const script = path.join(__dirname, 'run_workload.js');
  const child = spawn(node, [script, folder, kind, name, `${runs}`, `${seed}`, `${timeoutMs}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (timeoutMs + GRACE_MS) * runs,
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (errors += data));
  await new Promise((resolve) => child.once('close', resolve));
  const results = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const wrong = results
    .filter(({ error, leaks }) => error || leaks.length > 0 !== (kind === 'leaking'))
    .map(({ seed, error, leaks }) => `seed ${seed}: ${error ?? (leaks.join('; ') || 'nothing is told')}`);
  if (results.length < runs) wrong.push(`only ${results.length} of ${runs} runs: ${errors.slice(-500)}`);
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b);
  const told = results.at(-1)?.leaks?.[0] ?? '';
  return { name, kind, runs: results.length, wrong, medianMs: times[times.length >> 1] ?? 0, told };
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      node: { type: 'string', multiple: true, default: [process.execPath] },
      only: { type: 'string', default: '' },
      kind: { type: 'string' },
      seed: { type: 'string', default: '0' },
      timeout: { type: 'string', default: '100' },
      folder: { type: 'string', default: path.join(os.tmpdir(), 'heapwatch-leak-test-corpus') },
    },
  });
  install(values.folder);
  const options = {
    folder: values.folder,
    runs: Number(values.runs),
    seed: Number(values.seed),
    timeoutMs: Number(values.timeout) * 1000,
  };
  for (const node of values.node) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    const totals = { clean: [0, 0, 0], leaking: [0, 0, 0] };
    for (const [kind, corpus] of /** @type {const} */ ([['clean', CLEAN], ['leaking', LEAKING]])) {
      if (values.kind !== undefined && values.kind !== kind) continue;
      for (const name of Object.keys(corpus).filter((one) => one.includes(values.only))) {
        const row = await test(node, kind, name, options);
        const mark = row.wrong.length === 0 ? 'ok    ' : 'WRONG ';
        process.stdout.write(`${mark} ${kind} | ${name} | ${row.runs} runs | ${Math.round(row.medianMs)} ms | ${row.told}\n`);
        for (const wrong of row.wrong) process.stdout.write(`       ${wrong}\n`);
        totals[kind][0] += 1;
        totals[kind][1] += row.runs;
        totals[kind][2] += row.wrong.length;
        if (row.wrong.length > 0) process.exitCode = 1;
      }
    }
    const [[clean, cleanRuns, alarms], [leaking, leakingRuns, missed]] = [totals.clean, totals.leaking];
    process.stdout.write(
      `${version}: ${clean} clean workloads, ${cleanRuns} runs, ${alarms} wrong; ` +
        `${leaking} leaking ones, ${leakingRuns} runs, ${missed} wrong\n`,
    );
  }
}

main();
