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
    url: onOneLine(shownUrl(url), MAX_URL),
    line: lineNumber + 1,
    column: columnNumber + 1,
  };
}

/**
 * Without what may be somebody's secret: a query, a fragment, user and password, the content of a
 * `data:` URL.
 *
 * @param {string} url
 */
function shownUrl(url) {
  if (url.startsWith('data:')) return 'data:';
  const [path] = url.split('?');
  const [, scheme, rest] = /^([^/]*:\/\/)(.*)$/s.exec(path) ?? [];
  if (scheme === undefined) return path;
  return scheme + rest.split('#')[0].replace(/^[^/]*@/, '');
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
