'use strict';

/** Source positions as people read them. */

const path = require('node:path');
const { fileURLToPath } = require('node:url');

/** @typedef {import('../../index.js').CodeLocation} CodeLocation */
/** @typedef {import('../../index.js').SourceLocation} SourceLocation */

/**
 * `src/orders.ts:42:9`: where its author wrote it if that is known, the file relative to the root if
 * it is below it; with the package that it is part of.
 *
 * @param {SourceLocation & Partial<CodeLocation>} location
 * @param {string} root
 */
function placeText(location, root) {
  const { line, column } = location.original ?? location;
  const at = `${fileText((location.original ?? location).url, root)}:${line}:${column}`;
  const owner = packageText(location);
  return owner === '' ? at : `${at} (${owner})`;
}

/**
 * `express 5.1.0`; empty for the program's own code.
 *
 * @param {Partial<CodeLocation>} location
 */
function packageText({ package: owner }) {
  if (!owner) return '';
  return owner.version === null ? owner.name : `${owner.name} ${owner.version}`;
}

/**
 * @param {string} url
 * @param {string} root
 */
function fileText(url, root) {
  // What bundlers call a file of the project.
  const bundled = /^webpack:\/\/[^/]*\/(?:\.\/)?(.+)$/.exec(url);
  if (bundled) return bundled[1];
  let file = url;
  if (url.startsWith('file://')) {
    try {
      file = fileURLToPath(url);
    } catch {
      // A URL of another system: shown as it is.
    }
  }
  const relative = path.relative(root, file);
  const isBelow = path.isAbsolute(file) && relative !== '' && !relative.startsWith('..');
  return isBelow ? relative : file;
}

module.exports = { packageText, placeText };
