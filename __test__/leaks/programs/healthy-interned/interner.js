'use strict';

const names = new Map();

/** One copy of each name: there are some thousand products, and millions of sales. */
function intern(name) {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, name);
  return name;
}

module.exports = { intern };
