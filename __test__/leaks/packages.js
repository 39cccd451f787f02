'use strict';

/**
 * Installs what a corpus' package-lock.json asks for into the git-ignored node_modules beside it,
 * unless it is there. The hash of the lockfile is kept in node_modules, which `npm ci` empties.
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { npmCommand } = require('../../scripts/install-packages.js');

/** How much of npm's errors is shown; the start says most. */
const SHOWN_CHARACTERS = 300;

/**
 * @param {string} corpus a folder
 * @returns {string | null} why they could not be installed
 */
function installPackages(corpus) {
  const lockfile = fs.readFileSync(path.join(corpus, 'package-lock.json'));
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  const stamp = path.join(corpus, 'node_modules', '.lockfile-sha256');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return null;
  process.stderr.write('installing the packages of the corpus ...\n');
  const { command, args, shell } = npmCommand();
  // An install script may download or compile.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error, stderr } = spawnSync(command, [...args, 'ci', ...flags], {
    cwd: corpus,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) {
    const said = error?.message ?? stderr.trim().slice(0, SHOWN_CHARACTERS);
    return said || `npm ended with code ${status}`;
  }
  fs.writeFileSync(stamp, wanted);
  return null;
}

module.exports = { installPackages };
