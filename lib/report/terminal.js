'use strict';

/** Width and colours of where a text is shown. */

/** Columns of a text that goes to no terminal: what people read with ease. */
const DEFAULT_WIDTH = 100;
/** Narrower terminals get lines of this length: labels take twelve columns. */
const MIN_WIDTH = 40;

/** @typedef {(text: string) => string} Paint */
/** @typedef {{ bold: Paint, red: Paint, green: Paint, dim: Paint }} Colours */

/**
 * Whether a stream gets colours: `NO_COLOR` and `FORCE_COLOR` decide as in Node itself, else
 * whether it is a terminal.
 *
 * @param {{ isTTY?: boolean } | undefined} stream
 * @param {NodeJS.ProcessEnv} env
 */
function hasColours(stream, env) {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (no !== undefined && no !== '') return false;
  return stream?.isTTY === true && terminal !== 'dumb';
}

/**
 * @param {boolean} isColoured
 * @returns {Colours}
 */
function colours(isColoured) {
  const paint = (/** @type {number} */ on, /** @type {number} */ off) =>
    isColoured
      ? (/** @type {string} */ text) => `\u001b[${on}m${text}\u001b[${off}m`
      : (/** @type {string} */ text) => text;
  return { bold: paint(1, 22), red: paint(31, 39), green: paint(32, 39), dim: paint(2, 22) };
}

/** @param {number | undefined} columns */
function widthOf(columns) {
  return Math.max(MIN_WIDTH, columns ?? DEFAULT_WIDTH);
}

/**
 * Breaks a text at spaces. A word that is longer than a line has one to itself.
 *
 * @param {string} text on one line
 * @param {number} width
 * @param {string} indent of all lines but the first, which the caller has begun with as much
 * @returns {string[]}
 */
function wrapped(text, width, indent) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((each, i) => (i === 0 ? each : indent + each));
}

module.exports = { colours, hasColours, widthOf, wrapped };
