'use strict';

const { LRUCache } = require('lru-cache');

/** Products that were shown last. */
const shown = new LRUCache({ max: 1500 });

function show(sku) {
  let product = shown.get(sku);
  if (product === undefined) {
    product = { sku, name: `product ${sku}`, prices: [sku, sku * 2], tags: ['new', 'sale'] };
    shown.set(sku, product);
  }
  return product;
}

module.exports = { show };
