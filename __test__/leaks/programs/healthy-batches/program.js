'use strict';

let billing;

module.exports = {
  about: 'a batch that is written when it is full; captures find it filled differently: 3, 2 and 1 thousand',
  leaks: [],
  dose: 4000,
  quick: true,
  start() {
    const { Billing } = require('./billing.js');
    billing = new Billing();
    for (let i = 0; i < 4000; i++) billing.add({ number: -i, lines: [i] });
  },
  work(units) {
    for (let i = 0; i < units; i++) billing.add({ number: i, lines: [i, i + 1], to: { name: 'x' } });
  },
};
