'use strict';

let tickers;

module.exports = {
  about: 'subscriptions that complete by themselves',
  packages: ['rxjs'],
  leaks: [],
  dose: 800,
  start() {
    tickers = require('./tickers.js');
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const seen = tickers.nextPrices();
      for (let n = 0; n < 3; n++) tickers.prices.next({ symbol: 'A', price: i + n });
      await seen;
    }
  },
};
