'use strict';

let list;
let next = 0;

module.exports = {
  about: 'a node-cache without a ttl, by queries that hold the id of the session',
  packages: ['node-cache'],
  leaks: [{ causes: ['known-owner', 'unbounded-collection'], owners: ['cache', 'data', 'NodeCache'] }],
  dose: 1500,
  start() {
    ({ list } = require('./products.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) list({ page: i % 10, session: `s-${next++}` });
  },
};
