'use strict';

let isAllowed;
let next = 0;

module.exports = {
  about: 'windows of addresses that never come again are never removed',
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['windows'] }],
  dose: 3000,
  start() {
    ({ isAllowed } = require('./limiter.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const n = next++;
      isAllowed(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, n * 10);
    }
  },
};
