'use strict';

/**
 * A real application for the benchmarks: webpack, in the middle of its life. It builds a bundle of
 * a few thousand modules from npm and keeps what it knows of them, as it does when it watches.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const { npmCommand } = require('../scripts/install-packages.js');

const FOLDER = path.join(__dirname, 'out', 'webpack');

/** At fixed versions, so that runs can be compared. */
const PACKAGES = [
  'webpack@5.101.3', 'three@0.180.0', 'lodash-es@4.17.21', 'rxjs@7.8.2', 'date-fns@4.1.0',
  'ramda@0.31.3',
];

const nameOf = (/** @type {string} */ spec) => spec.split('@')[0];

/** Installs webpack and what it builds, unless they are there. */
function install() {
  const isThere = (/** @type {string} */ spec) =>
    fs.existsSync(path.join(FOLDER, 'node_modules', nameOf(spec)));
  if (PACKAGES.every(isThere)) return;
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, 'package.json'), '{ "private": true }\n');
  const { command, args, shell } = npmCommand();
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, [...args, 'install', ...flags, ...PACKAGES], {
    cwd: FOLDER,
    shell,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm could not install ${PACKAGES.join(', ')}`);
}

/** @returns {Promise<object>} the compiler and all that it holds */
async function buildWithWebpack() {
  install();
  const [, ...libraries] = PACKAGES;
  const lines = libraries.map((spec, i) => `export * as library${i} from '${nameOf(spec)}';`);
  const entry = path.join(FOLDER, 'entry.mjs');
  fs.writeFileSync(entry, `${lines.join('\n')}\n`);
  const webpack = createRequire(path.join(FOLDER, 'package.json'))('webpack');
  const compiler = webpack({
    context: FOLDER,
    entry,
    mode: 'development',
    devtool: 'source-map',
    cache: { type: 'memory' },
    output: { path: path.join(FOLDER, 'built'), library: { type: 'commonjs' } },
  });
  return new Promise((resolve, reject) => {
    compiler.run((/** @type {Error | null} */ error, /** @type {any} */ stats) => {
      if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
      else resolve({ compiler, stats });
    });
  });
}

module.exports = { buildWithWebpack };
