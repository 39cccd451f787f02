'use strict';

/** Fills up at first and stays. */

const PRODUCTS = 20_000;
/** @type {Map<number, { product: number, names: string[] }>} */
const catalogue = new Map();

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    const product = i % PRODUCTS;
    if (!catalogue.has(product)) catalogue.set(product, { product, names: [`name ${product}`] });
  }
}

module.exports = { grow };
