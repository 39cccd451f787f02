'use strict';

/** Packages that only the applications need: installed from npm beside the other output. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const { npmCommand } = require('../../scripts/install-packages.js');

const FOLDER = path.join(__dirname, '..', 'out', 'applications');

/** Fixed, so that runs can be compared. TypeScript 5 is the last one that is JavaScript. */
const PACKAGES = ['express@5.1.0', 'typescript@5.9.3'];

function install() {
  if (PACKAGES.every((name) => fs.existsSync(path.join(FOLDER, 'node_modules', name.split('@')[0])))) {
    return;
  }
  fs.mkdirSync(FOLDER, { recursive: true });
  const npm = npmCommand();
  const options = ['--prefix', FOLDER, '--no-save', '--no-package-lock', '--ignore-scripts'];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(
    npm.command,
    [...npm.args, 'install', ...PACKAGES, ...options, ...quiet],
    { cwd: FOLDER, shell: npm.shell, stdio: 'inherit' },
  );
  if (status !== 0) throw new Error(`${PACKAGES.join(', ')} could not be installed`);
}

/**
 * @param {string} name of a package
 * @returns {any} what it exports
 */
function installed(name) {
  return createRequire(path.join(FOLDER, 'package.json'))(name);
}

module.exports = { install, installed };
