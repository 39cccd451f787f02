'use strict';

let priceOf;

module.exports = {
  about: 'calls without a reply have no timeout: their promises never settle',
  leaks: [{
    causes: ['pending-promises', 'request-keyed-collection', 'unbounded-collection'],
    owners: ['#pending', 'rpc', 'RpcClient'],
  }],
  dose: 3000,
  quick: true,
  start() {
    ({ priceOf } = require('./prices.js'));
  },
  async work(units) {
    let last;
    for (let i = 0; i < units; i++) {
      const priced = priceOf(i, { id: i % 70, group: 'retail' });
      if (i % 3 !== 0) last = priced;
    }
    await last;
  },
};
