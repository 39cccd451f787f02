'use strict';

const { Subject, take } = require('rxjs');

const prices = new Subject();

/** The next three prices. */
const nextPrices = () => new Promise((resolve) => {
  const seen = [];
  prices.pipe(take(3)).subscribe({ next: (price) => seen.push(price), complete: () => resolve(seen) });
});

module.exports = { nextPrices, prices };
