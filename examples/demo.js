'use strict';

/**
 * An order service leaks under load; heapwatch, inside it, says so and names the lines.
 *
 *     npm run demo                  two leaks: the report is printed, and written to examples/out
 *     npm run demo -- --healthy     the same service and load with both leaks fixed: no leak
 *     npm run demo -- --json        the report as JSON on stdout
 *
 * Exit code 0: what was to be seen was seen. 1: it was not, or something failed. 2: usage.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { renderJson, renderMarkdown, renderText } = require('..');
const { startLoad } = require('./demo/load.js');
const { checkSuspects } = require('./demo/planted-leaks.js');
const { startProgress } = require('./demo/progress.js');
const { ServiceProcess, MAX_OLD_SPACE_MB } = require('./demo/service-process.js');

const OUT = path.join(__dirname, 'out');
const LEAK_WITHIN_MS = 110_000;
/** A leak is confirmed sooner than this: mostly within 45 s, on some versions of Node 65 s. */
const HEALTHY_FOR_MS = 75_000;
/** As a shell has it for a process ended by Ctrl-C. */
const INTERRUPTED = 128 + os.constants.signals.SIGINT;

/**
 * @typedef {import('..').LeakInfo} LeakInfo
 * @typedef {ReturnType<typeof startProgress>} Progress
 * @typedef {import('./order-service/leak-watch.js').Message} Message
 */

/**
 * Runs the service under load until it leaks or the time is over.
 *
 * @param {boolean} healthy
 * @param {Progress} progress
 * @returns {Promise<LeakInfo | null>} null: no leak
 */
function watchService(healthy, progress) {
  return new Promise((resolve, reject) => {
    const service = new ServiceProcess({ leaksFixed: healthy }, onMessage);
    service.crashed.catch((error) => finish(() => reject(error)));
    const timer = setTimeout(
      () => finish(() => resolve(null)),
      healthy ? HEALTHY_FOR_MS : LEAK_WITHIN_MS,
    );
    /** @type {import('./demo/load.js').Load | null} */
    let load = null;
    let finished = false;

    /** @param {Message} message */
    function onMessage(message) {
      if (message.type === 'listening') startLoadOn(message.port);
      else if (message.type === 'leak') finish(() => resolve(message.info));
      else showMessage(message, progress);
    }

    /** @param {number} port */
    function startLoadOn(port) {
      load = startLoad(port, (requests) => {
        progress.requestsPerSecond = requests;
      });
      load.stopped.catch((error) => finish(() => reject(error)));
    }

    /** @param {() => void} settle */
    async function finish(settle) {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      load?.stop();
      await load?.stopped.catch(() => {});
      await service.end();
      settle();
    }
  });
}

/**
 * @param {Message} message
 * @param {Progress} progress
 */
function showMessage(message, progress) {
  if (message.type === 'stats') progress.showStats(message.stats);
  else if (message.type === 'suspect') progress.say('heapwatch suspects a leak.');
  else if (message.type === 'error') progress.say(`heapwatch: ${message.message}`);
}

/**
 * @param {LeakInfo | null} leak
 * @param {boolean} json
 * @returns {number} exit code
 */
function concludeHealthy(leak, json) {
  if (json) print(JSON.stringify({ leak: leak?.report ?? leak }, null, 2));
  if (leak !== null) {
    say(`A leak was reported although there is none: ${leak.reason}`);
    return 1;
  }
  if (!json) print(`no leak (watched for ${HEALTHY_FOR_MS / 1000} s under load)`);
  return 0;
}

/**
 * @param {LeakInfo | null} leak
 * @param {boolean} json
 * @returns {number} exit code
 */
function concludeLeaking(leak, json) {
  if (leak === null) {
    say(`No leak was reported within ${LEAK_WITHIN_MS / 1000} s, although there are two.`);
    return 1;
  }
  if (leak.report === null) {
    say(`A leak was reported, but not what leaks: ${leak.reason}`);
    return 1;
  }
  writeReport(leak.report);
  say(`leak: ${leak.reason}\n`);
  print(json ? renderJson(leak.report) : renderText(leak.report, { stream: process.stdout }));
  const checks = checkSuspects(leak.report);
  for (const { right, text: check } of checks) say(`${right ? 'ok   ' : 'WRONG'}  ${check}`);
  say(`Report: ${path.relative(process.cwd(), path.join(OUT, 'leak-report.{json,txt,md}'))}`);
  return checks.every(({ right }) => right) ? 0 : 1;
}

/** @param {import('..').LeakReport} report */
function writeReport(report) {
  fs.mkdirSync(OUT, { recursive: true });
  fs.writeFileSync(path.join(OUT, 'leak-report.json'), renderJson(report));
  fs.writeFileSync(path.join(OUT, 'leak-report.txt'), renderText(report));
  fs.writeFileSync(path.join(OUT, 'leak-report.md'), renderMarkdown(report));
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @returns {{ healthy: boolean, json: boolean }} */
function readArguments() {
  try {
    const options = /** @type {const} */ ({
      healthy: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const { healthy, json } = parseArgs({ options }).values;
    return { healthy: healthy === true, json: json === true };
  } catch (error) {
    say(`${/** @type {Error} */ (error).message}\nUsage: npm run demo -- [--healthy] [--json]`);
    return process.exit(2);
  }
}

async function main() {
  const { healthy, json } = readArguments();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(name, () => {
      say('\nInterrupted.');
      process.exit(INTERRUPTED);
    });
  }
  const state = healthy ? 'no leak in it' : 'two leaks in it';
  say(`An order service with ${state}, under load, old space limited to ${MAX_OLD_SPACE_MB} MB.`);
  const progress = startProgress();
  const leak = await watchService(healthy, progress).finally(() => progress.stop());
  say(`Over after ${progress.secondsSinceStart()} s.\n`);
  process.exitCode = healthy ? concludeHealthy(leak, json) : concludeLeaking(leak, json);
}

main().catch((error) => {
  say(`The demo failed. ${error.message}`);
  process.exitCode = 1;
});
