'use strict';

let locate;
let next = 0;

module.exports = {
  about: 'an lru-cache with a ttl and no maximum, without purging',
  packages: ['lru-cache'],
  leaks: [{ causes: ['known-owner'], owners: ['places', 'LRUCache'] }],
  dose: 2500,
  quick: true,
  start() {
    process.env.NODE_NO_WARNINGS = '1';
    ({ locate } = require('./geocoder.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) locate(`Main Street ${next++}`);
  },
};
