'use strict';

let count;
let next = 0;

module.exports = {
  about: 'a label holds the path with the id in it: a time series for each order',
  packages: ['prom-client'],
  leaks: [{ causes: ['known-owner'], owners: ['requests', 'hashMap', 'Counter'] }],
  dose: 1500,
  quick: true,
  start() {
    ({ count } = require('./metrics.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) count('GET', `/orders/${next++}`, 200, i / 1000);
  },
};
