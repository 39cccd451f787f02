'use strict';

/**
 * A project in a folder of its own, with packages from npm and heapwatch from `npm pack`.
 *
 * @typedef {{ packages: string[], files: Record<string, string>, manifest: object }} FreshProject `files`
 *   are those of `program`, by the names that they have there; `manifest` is added to package.json
 */

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const PROGRAM = path.join(__dirname, 'program');

/**
 * Packs this package and the one with the addon of this platform, as they are published.
 *
 * @param {string} folder
 * @returns {string[]} files
 */
function pack(folder) {
  const addon = fs.readdirSync(ROOT).find((file) => file.endsWith('.node'));
  if (addon === undefined) throw new Error('build the addon first: npm run build');
  const platform = addon.slice('heapwatch.'.length, -'.node'.length);
  const platformFolder = path.join(folder, platform);
  fs.cpSync(path.join(ROOT, 'npm', platform), platformFolder, { recursive: true });
  fs.copyFileSync(path.join(ROOT, addon), path.join(platformFolder, addon));
  return [ROOT, platformFolder].map((from) => {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, from];
    const [{ filename }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
    return path.join(folder, filename);
  });
}

/**
 * @param {string} folder
 * @param {FreshProject} project
 * @param {string[]} tarballs
 */
function install(folder, { packages, files, manifest }, tarballs) {
  fs.mkdirSync(folder);
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', private: true, ...manifest }),
  );
  for (const [from, to] of Object.entries(files)) {
    fs.copyFileSync(path.join(PROGRAM, from), path.join(folder, to));
  }
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--omit=optional', ...tarballs, ...packages];
  // Bundlers of test runners come as optional packages, so those are wanted where there are some.
  if (packages.length > 0) args.splice(args.indexOf('--omit=optional'), 1);
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * @param {string} folder
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
function run(folder, [program, ...args], env) {
  const bin = path.join(folder, 'node_modules', '.bin', program);
  const script = program === 'node' ? [] : [fs.realpathSync(bin)];
  /** @type {NodeJS.ProcessEnv} */
  const full = { ...process.env, CI: 'true', FORCE_COLOR: '0', NO_COLOR: '1', ...env };
  delete full.NODE_TEST_CONTEXT;
  return spawnSync(process.execPath, [...script, ...args], {
    cwd: folder,
    env: full,
    encoding: 'utf8',
    timeout: 600_000,
  });
}

module.exports = { install, pack, run };
