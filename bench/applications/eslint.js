'use strict';

/** eslint, after it has checked this project's library. */

const path = require('node:path');

const { ESLint } = require('eslint');

const ROOT = path.join(__dirname, '..', '..');

async function plant() {
  const eslint = new ESLint({ cwd: ROOT });
  return { eslint, results: await eslint.lintFiles(['lib']) };
}

module.exports = { plant };
