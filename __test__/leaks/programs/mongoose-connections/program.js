'use strict';

let openTenant;
let next = 0;

module.exports = {
  about: 'a mongoose connection for each piece of work, never closed: mongoose lists them all',
  packages: ['mongoose'],
  leaks: [{ causes: ['known-owner'], owners: ['connections', 'mongoose', 'Mongoose'] }],
  dose: 60,
  start() {
    ({ openTenant } = require('./tenants.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const { Invoice } = openTenant(`tenant-${next++}`);
      new Invoice({ customer: 'A', total: i }).validateSync();
    }
  },
};
