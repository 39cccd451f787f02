'use strict';

let customers;

module.exports = {
  about: 'prepared statements are never freed: the database keeps them all',
  packages: ['sql.js'],
  leaks: [{ causes: ['known-owner', 'unbounded-collection'], owners: ['db', 'Database', 'statements', 'customers'] }],
  dose: 3000,
  async start() {
    customers = await require('./customers.js').Customers.open();
  },
  work(units) {
    for (let i = 0; i < units; i++) customers.nameOf(1 + (i % 2));
  },
};
