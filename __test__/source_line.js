'use strict';

const fs = require('node:fs');

/**
 * The number of the line, from 1, with a text that occurs once in the file.
 *
 * @param {string} file
 * @param {string} text
 */
function lineOf(file, text) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const found = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []));
  if (found.length !== 1) throw new Error(`${file}: '${text}' occurs in ${found.length} lines`);
  return found[0];
}

module.exports = { lineOf };
