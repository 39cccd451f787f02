'use strict';

/**
 * Packages that only benchmarks need, installed from npm into folders of their own: no dependency
 * of the project.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const { npmCommand } = require('../scripts/install-packages.js');

/** How much of npm's errors is shown; the start says most. */
const SHOWN_CHARACTERS = 300;

/**
 * Installs packages unless they are there in these versions.
 *
 * @param {string} folder
 * @param {string[]} specs each `name@version`
 * @returns {string | null} why they could not be installed
 */
function installPackages(folder, specs) {
  if (specs.every((spec) => isInstalled(folder, spec))) return null;
  fs.mkdirSync(folder, { recursive: true });
  // Without a package.json of its own npm would install into the nearest one above.
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  process.stderr.write(`installing ${specs.join(', ')}\n`);
  const { command, args, shell } = npmCommand();
  // An install script may download a browser.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(command, [...args, 'install', ...flags, ...specs], {
    cwd: folder,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status === 0 && specs.every((spec) => isInstalled(folder, spec))) return null;
  const said = result.error?.message ?? result.stderr.trim().slice(0, SHOWN_CHARACTERS);
  return said || `npm ended with code ${result.status}`;
}

/**
 * @param {string} folder
 * @param {string} spec
 */
function isInstalled(folder, spec) {
  const at = spec.lastIndexOf('@');
  const [name, version] = [spec.slice(0, at), spec.slice(at + 1)];
  try {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    return JSON.parse(fs.readFileSync(file, 'utf8')).version === version;
  } catch {
    return false;
  }
}

module.exports = { installPackages };
