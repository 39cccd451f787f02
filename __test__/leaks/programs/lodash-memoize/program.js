'use strict';

let discountOf;

module.exports = {
  about: 'a memoized function keeps every basket that it ever got as a key',
  packages: ['lodash'],
  leaks: [{
    causes: ['known-owner', 'unbounded-collection'],
    owners: ['cache', 'discountOf', 'memoized', 'MapCache'],
  }],
  dose: 1500,
  quick: true,
  start() {
    ({ discountOf } = require('./discounts.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      discountOf({ id: i, lines: [{ sku: i, price: i % 150 }, { sku: i + 1, price: 3 }] });
    }
  },
};
