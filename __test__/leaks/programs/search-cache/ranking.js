'use strict';

const SHOWN = 8;

function rank(products, query) {
  return products
    .map((product) => ({ sku: product.sku, score: similarity(product.name, query) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN);
}

function similarity(name, query) {
  let same = 0;
  for (const letter of query) if (name.includes(letter)) same++;
  return same / (name.length + query.length);
}

module.exports = { rank };
