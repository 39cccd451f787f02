'use strict';

/**
 * Builds the addon in release mode with the command line interface of napi-rs. As a program
 * it always asks cargo; setup.js asks cargo only if a Rust file is newer than the addon.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { say, secondsSince, stopWith } = require('./progress.js');
const { linkerProblem } = require('./toolchain.js');

const ROOT = path.join(__dirname, '..');

/** All that the build reads. Folders count with everything in them. */
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'build.rs', '.cargo', 'src', 'crates'];

/**
 * index.js and index.d.ts are written by hand; the types that napi-rs derives from the Rust
 * code go where build results go.
 */
const DERIVED_TYPES = path.join('target', 'derived', 'binding.d.ts');

/** The C library is part of the name on Linux: glibc and musl need different addons. */
function platformSuffix() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') return `${base}-msvc`;
  if (process.platform !== 'linux') return base;
  return isMusl() ? `${base}-musl` : `${base}-gnu`;
}

function isMusl() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header?.glibcVersionRuntime === undefined;
}

function addonPath() {
  return path.join(ROOT, `heapwatch.${platformSuffix()}.node`);
}

/**
 * Folders have times of their own, so that a deleted file is seen as well.
 *
 * @param {string} file
 * @returns {number} milliseconds since the epoch, 0 for what does not exist
 */
function newestChange(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return fs
    .readdirSync(file)
    .reduce((newest, name) => Math.max(newest, newestChange(path.join(file, name))), stat.mtimeMs);
}

function isUpToDate() {
  const built = newestChange(addonPath());
  return SOURCES.every((source) => newestChange(path.join(ROOT, source)) < built);
}

function runNapiBuild() {
  const cli = path.join(ROOT, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  fs.mkdirSync(path.join(ROOT, path.dirname(DERIVED_TYPES)), { recursive: true });
  return spawnSync(
    process.execPath,
    [cli, 'build', '--platform', '--release', '--no-js', '--dts', DERIVED_TYPES],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: Infinity },
  );
}

/** @param {{ force: boolean }} options force: ask cargo even if no source file is newer */
function buildAddon({ force }) {
  if (!force && isUpToDate()) return;

  const startedAt = Date.now();
  const isFirst = !fs.existsSync(addonPath());
  say(`building the addon${isFirst ? ' (the first time takes a few minutes)' : ''} ...`);
  const result = runNapiBuild();
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  if (result.status !== 0) {
    const problem = linkerProblem(output);
    if (problem !== null) stopWith(problem);
    process.stderr.write(output);
    stopWith('building the addon failed: see above');
  }
  if (!fs.existsSync(addonPath())) {
    stopWith(`the build did not make ${path.basename(addonPath())}: is Rust's default target this platform?`);
  }
  // As old as the build's start: a file that is saved while cargo runs counts as newer.
  fs.utimesSync(addonPath(), startedAt / 1000, startedAt / 1000);
  say(`addon built (${secondsSince(startedAt)})`);
}

if (require.main === module) {
  buildAddon({ force: true });
}

module.exports = { buildAddon };
