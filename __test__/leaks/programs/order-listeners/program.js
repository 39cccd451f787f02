'use strict';

let placeOrder;
let next = 0;

module.exports = {
  about: 'each order adds a listener to the module-level bus and never removes it',
  leaks: [{ causes: ['event-listeners'], owners: ['bus'] }],
  dose: 1500,
  quick: true,
  start() {
    ({ placeOrder } = require('./orders.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const lines = [{ sku: `sku-${i % 50}`, count: 1 }, { sku: 'gift', count: i % 3 }];
      placeOrder({ id: next++, lines, notify() {} });
    }
  },
};
