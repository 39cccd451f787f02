'use strict';

/**
 * A real application for the benchmarks: webpack, in the middle of its life. It builds a bundle of
 * a few thousand modules from npm and keeps what it knows of them, as it does when it watches.
 */

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const { installPackages } = require('./npm_install.js');

const FOLDER = path.join(__dirname, 'out', 'webpack');

/** At fixed versions, so that runs can be compared. */
const PACKAGES = [
  'webpack@5.101.3', 'three@0.180.0', 'lodash-es@4.17.21', 'rxjs@7.8.2', 'date-fns@4.1.0',
  'ramda@0.31.3',
];

/** @returns {Promise<object>} the compiler and all that it holds */
async function buildWithWebpack() {
  const problem = installPackages(FOLDER, PACKAGES);
  if (problem !== null) throw new Error(`webpack could not be installed: ${problem}`);
  const [, ...libraries] = PACKAGES;
  const lines = libraries.map((spec, i) => `export * as library${i} from '${spec.split('@')[0]}';`);
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
