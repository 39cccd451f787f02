'use strict';

/**
 * A function on a stack as reports tell it, by the rules of other names (crates/leak, redaction):
 * names of functions and positions are the programmer's. Names that a program computed fit on a
 * line of bounded length.
 */

const MAX_NAME = 120;
const MAX_URL = 1000;

/**
 * @param {import('./heap_sampler.js').CallFrame} frame
 * @returns {import('../../index.js').AllocationFrame}
 */
function shownFrame({ functionName, url, lineNumber, columnNumber }) {
  return {
    function: functionName === '' ? '(anonymous function)' : onOneLine(functionName, MAX_NAME),
    // The content of a script, not its name.
    url: url.startsWith('data:') ? 'data:' : onOneLine(url, MAX_URL),
    line: lineNumber + 1,
    column: columnNumber + 1,
  };
}

/**
 * @param {string} text
 * @param {number} most characters
 */
function onOneLine(text, most) {
  const line = text.replace(/\p{Cc}/gu, ' ');
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

module.exports = { shownFrame };
