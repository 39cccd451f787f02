'use strict';

let record;
let tenants;

module.exports = {
  about: 'the keys of a WeakMap live as long as the process, and so do the growing lists behind them',
  leaks: [{ causes: ['weak-map-entries', 'unbounded-collection'], owners: ['histories', 'history', 'WeakMap'] }],
  dose: 4000,
  start() {
    ({ record } = require('./audit.js'));
    ({ tenants } = require('./tenants.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) record(tenants[i % tenants.length], { kind: 'login', n: i });
  },
};
