'use strict';

let observe;
let next = 0;

module.exports = {
  about: 'time series for all routes and states, which have all been seen at the second capture',
  packages: ['prom-client'],
  leaks: [],
  dose: 2000,
  start() {
    ({ observe } = require('./metrics.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++, next++) {
      const n = next * 7;
      observe({ method: n % 2 ? 'GET' : 'PUT', route: `/r${n % 40}`, status: 200 + (n % 5) }, n % 3);
    }
  },
};
