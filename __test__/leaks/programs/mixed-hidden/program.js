'use strict';

let orders;
let next = 0;

module.exports = {
  about: 'orders with an empty line stay in a Map; behind it a trail keeps all orders',
  leaks: [
    { mark: 'trail', causes: ['unbounded-collection'], owners: ['trail'] },
    { mark: 'open', causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['open'] },
  ],
  dose: 1500,
  start() {
    orders = require('./orders.js');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const { number } = orders.accept(next++, [{ sku: i, count: 1 }, { sku: i + 1, count: i % 2 }]);
      orders.pack(number);
    }
  },
};
