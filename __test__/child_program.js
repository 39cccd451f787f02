'use strict';

const { spawn } = require('node:child_process');
const path = require('node:path');

/**
 * Runs the programs in `programs/` under the Node that runs the test.
 *
 * A program tells its results on stdout as JSON, one document on a line.
 *
 * @typedef {{
 *   code: number | null,
 *   signal: NodeJS.Signals | null,
 *   stdout: string,
 *   stderr: string,
 *   results: any[],
 * }} Outcome
 */

/** Far above what most programs take on a slow machine: it only ends what hangs. */
const TIMEOUT_MS = 120_000;

/**
 * @param {string} name of a file in `programs/`, or a path
 * @param {{
 *   args?: string[],
 *   nodeArgs?: string[],
 *   env?: NodeJS.ProcessEnv,
 *   cwd?: string,
 *   timeoutMs?: number,
 * }} [options]
 * @returns {Promise<Outcome>}
 */
function runProgram(
  name,
  { args = [], nodeArgs = [], env = {}, cwd, timeoutMs = TIMEOUT_MS } = {},
) {
  const file = path.resolve(__dirname, 'programs', name);
  /** @type {NodeJS.ProcessEnv} */
  const childEnv = { ...process.env, ...env };
  // Set by the test runner; flags for the tests are none for the programs.
  delete childEnv.NODE_TEST_CONTEXT;
  delete childEnv.NODE_OPTIONS;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
      cwd,
      env: childEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, results: resultsIn(stdout) });
    });
  });
}

/** @param {string} stdout */
function resultsIn(stdout) {
  const lines = stdout.split('\n').filter((line) => /^[[{"]/.test(line));
  return lines.map((line) => JSON.parse(line));
}

/**
 * The results of a program that must end well, and by itself.
 *
 * @param {string} name
 * @param {Parameters<typeof runProgram>[1]} [options]
 * @returns {Promise<any[]>}
 */
async function resultsOf(name, options) {
  const { code, signal, stderr, stdout, results } = await runProgram(name, options);
  if (code !== 0) {
    throw new Error(`${name} ended with ${code ?? signal}\n${stdout}\n${stderr}`);
  }
  return results;
}

module.exports = { resultsOf, runProgram };
