'use strict';

/**
 * A linked list whose values are indexed elsewhere, as a queue with a look-up table is. Dominators
 * are quadratic in its length for algorithms that walk up the tree one node at a time.
 *
 * @param {number} length
 */
function makeIndexedList(length) {
  const values = Array.from({ length }, (_, number) => ({ number }));
  let first = null;
  for (const value of values) first = { value, next: first };
  return { first, values };
}

module.exports = { makeIndexedList };
