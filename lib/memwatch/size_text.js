'use strict';

/**
 * Bytes as memwatch writes them: `1.78 mb`, `-2.07 kb`, `512 bytes`. Two decimals at most.
 *
 * @param {number} bytes
 */
function sizeText(bytes) {
  const size = Math.abs(bytes);
  if (size > 2 ** 20) return `${rounded(bytes / 2 ** 20)} mb`;
  if (size > 2 ** 10) return `${rounded(bytes / 2 ** 10)} kb`;
  return `${bytes} bytes`;
}

/** @param {number} number */
function rounded(number) {
  return Math.round(number * 100) / 100;
}

module.exports = { sizeText };
