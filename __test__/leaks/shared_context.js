'use strict';

/** @type {(() => number)[]} */
const handlers = [];

/** @param {number} number */
function handle(number) {
  const large = new Array(64).fill(number);
  const usesLarge = () => large.length;
  usesLarge();
  // At fault: the next line. The function uses no array, but its scope has one.
  handlers.push(() => number);
}

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) handle(i);
}

module.exports = { grow };
