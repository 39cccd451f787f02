'use strict';

let Order;
let next = 0;

module.exports = {
  about: 'a Map of receipts without a bound, in TypeScript; the line is that of the source',
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['printed'] }],
  dose: 2000,
  start() {
    ({ Order } = require('./dist/shop.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) new Order(`order-${next++}`, ['a', 'b']).pay();
  },
};
