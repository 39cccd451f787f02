'use strict';

const path = require('node:path');
const { fileURLToPath } = require('node:url');

const { optionError } = require('./options.js');

/**
 * The path of a file to be written, absolute: the working directory may change meanwhile.
 *
 * @param {string} of whose argument, for messages
 * @param {unknown} file a path or a `file:` URL
 * @returns {string}
 */
function absolutePath(of, file) {
  const given = file instanceof URL ? pathOfUrl(file) : file;
  if (typeof given !== 'string' || given === '' || given.includes('\0')) {
    throw optionError(of, 'file', file, 'the path of a file');
  }
  return path.resolve(given);
}

/**
 * The path that a `file:` URL stands for; `null` if it stands for none.
 *
 * @param {URL} url
 */
function pathOfUrl(url) {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}

module.exports = { absolutePath, pathOfUrl };
