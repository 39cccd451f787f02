'use strict';

let shop;
let next = 0;

module.exports = {
  about: 'two leaks at once: baskets of visitors who left, and listeners of those who wait',
  leaks: [
    { mark: 'baskets', causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['baskets'] },
    { mark: 'wishes', causes: ['event-listeners'], owners: ['stock'] },
  ],
  dose: 1500,
  quick: true,
  start() {
    shop = require('./shop.js');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const visitor = `visitor-${next++}`;
      shop.addToBasket(visitor, { sku: i, price: 3, options: { colour: 'red', size: i } });
      shop.waitFor(visitor, i % 20, () => {});
    }
  },
};
