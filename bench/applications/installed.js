'use strict';

/** Packages that only the applications need: installed from npm beside the other output. */

const { createRequire } = require('node:module');
const path = require('node:path');

const { installPackages } = require('../npm_install.js');

const FOLDER = path.join(__dirname, '..', 'out', 'applications');

/** Fixed, so that runs can be compared. TypeScript 5 is the last one that is JavaScript. */
const PACKAGES = [
  'express@5.1.0',
  'typescript@5.9.3',
  'next@15.5.6',
  'react@19.2.0',
  'react-dom@19.2.0',
];

function install() {
  const problem = installPackages(FOLDER, PACKAGES);
  if (problem !== null) throw new Error(`the applications could not be installed: ${problem}`);
}

/**
 * @param {string} name of a package
 * @returns {any} what it exports
 */
function installed(name) {
  return createRequire(path.join(FOLDER, 'package.json'))(name);
}

module.exports = { FOLDER, install, installed };
