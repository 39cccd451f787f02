'use strict';

/**
 * The products, kept in memory once looked up. Healthy: it grows only while it warms up, since
 * there is an end to the products.
 */

const PRODUCT_COUNT = 3000;
const COLOURS = ['black', 'blue', 'green', 'grey', 'red', 'white'];
const COUNTRIES = ['AT', 'BE', 'CH', 'DE', 'DK', 'ES', 'FI', 'FR', 'IT', 'NL', 'NO', 'PL', 'SE'];

/**
 * @typedef {object} Product
 * @property {string} sku
 * @property {string} name
 * @property {number} price in cents, as all prices
 * @property {number} grams
 * @property {{ site: string, aisle: number, shelf: number }} stored
 * @property {{ country: string, price: number, tax: number, deliveryDays: number }[]} countries
 */

/** @type {Map<string, Product>} */
const products = new Map();

/**
 * @param {string} sku
 * @returns {Product}
 */
function findProduct(sku) {
  let product = products.get(sku);
  if (product === undefined) {
    product = readProduct(sku);
    products.set(sku, product);
  }
  return product;
}

/**
 * Stands in for the database. Unknown numbers are those of a known product, so that no caller
 * can fill the memory.
 *
 * @param {string} sku
 * @returns {Product}
 */
function readProduct(sku) {
  const number = numberOf(sku);
  const price = 500 + (number % 970) * 10;
  return {
    sku,
    name: `${COLOURS[number % COLOURS.length]} box no. ${number}`,
    price,
    grams: 100 + (number % 37) * 50,
    stored: { site: 'north', aisle: number % 40, shelf: number % 7 },
    countries: COUNTRIES.map((country, index) => {
      const tax = Math.round((price * (15 + index)) / 100);
      return { country, price: price + tax, tax, deliveryDays: 1 + (index % 4) };
    }),
  };
}

/** @param {string} sku */
function numberOf(sku) {
  return Math.abs(Number.parseInt(sku.slice(4), 10) || 0) % PRODUCT_COUNT;
}

/**
 * @param {number} number
 * @returns {string}
 */
function skuOf(number) {
  return `sku-${Math.abs(Math.trunc(number)) % PRODUCT_COUNT}`;
}

module.exports = { findProduct, skuOf, PRODUCT_COUNT };
