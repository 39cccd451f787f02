'use strict';

let customerOf;
let next = 0;

module.exports = {
  about: 'a memoized function whose key holds the id of the request never forgets an answer',
  packages: ['async'],
  leaks: [{
    causes: ['known-owner', 'unbounded-collection', 'request-keyed-collection'],
    owners: ['memo', 'memoized', 'customerOf'],
  }],
  dose: 1500,
  start() {
    ({ customerOf } = require('./lookups.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i += 10) {
      const asked = Array.from({ length: 10 }, (_, n) => new Promise((resolve) => {
        customerOf(n, `req-${next++}`, (_problem, customer) => resolve(customer));
      }));
      await Promise.all(asked);
    }
  },
};
