'use strict';

const NodeCache = require('node-cache');

const cache = new NodeCache({ useClones: false, checkperiod: 0 });

/** Answers by what was asked for. */
function list(query) {
  const key = JSON.stringify(query);
  let page = cache.get(key);
  if (page === undefined) {
    page = { query, items: [{ sku: query.page, price: 1 }, { sku: query.page + 1, price: 2 }] };
    cache.set(key, page); // leaks here
  }
  return page;
}

module.exports = { list };
