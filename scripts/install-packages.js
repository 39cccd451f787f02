'use strict';

/**
 * `npm ci`, but only if node_modules is not what package-lock.json asks for. The hash of the
 * lockfile is kept in node_modules itself, which `npm ci` empties: a broken install never
 * looks finished.
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { say, secondsSince, stopWith } = require('./progress.js');

const ROOT = path.join(__dirname, '..');
const LOCKFILE = path.join(ROOT, 'package-lock.json');
const STAMP = path.join(ROOT, 'node_modules', '.heapwatch-lockfile-sha256');

function lockfileHash() {
  return createHash('sha256').update(fs.readFileSync(LOCKFILE)).digest('hex');
}

/** @returns {string | null} the hash of the lockfile that node_modules was installed from */
function installedHash() {
  try {
    return fs.readFileSync(STAMP, 'utf8').trim();
  } catch {
    return null;
  }
}

/**
 * The npm that started this script if there is one: it is the one whose version and
 * configuration the user chose.
 *
 * @returns {{ command: string, args: string[], shell: boolean }}
 */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script !== undefined && path.basename(script) === 'npm-cli.js') {
    return { command: process.execPath, args: [script], shell: false };
  }
  const isWindows = process.platform === 'win32';
  // npm is a .cmd file on Windows, which only a shell can run.
  return { command: isWindows ? 'npm.cmd' : 'npm', args: [], shell: isWindows };
}

function installPackages() {
  const wanted = lockfileHash();
  if (installedHash() === wanted) return;

  const startedAt = Date.now();
  say('installing the npm packages ...');
  const npm = npmCommand();
  // Development packages are wanted even where NODE_ENV=production is set.
  const args = [...npm.args, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(npm.command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    shell: npm.shell,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: Infinity,
  });
  if (result.status !== 0) {
    // npm ends with pages of usage; what is wrong comes first.
    const lines = `${result.stdout ?? ''}${result.stderr ?? ''}`.split('\n');
    process.stderr.write(`${lines.slice(0, 20).join('\n')}\n`);
    const why = result.error === undefined ? `exit code ${result.status}` : result.error.message;
    stopWith(`npm ci failed (${why}): it needs the npm registry once; see above`);
  }
  fs.writeFileSync(STAMP, `${wanted}\n`);
  say(`npm packages installed (${secondsSince(startedAt)})`);
}

module.exports = { installPackages, npmCommand };
