'use strict';

let modelsFor;

module.exports = {
  about: 'each request defines its classes anew, and a registry keeps them',
  leaks: [{ causes: ['class-explosion'], owners: ['registry'] }],
  dose: 300,
  start() {
    ({ modelsFor } = require('./models.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const { Customer, Invoice } = modelsFor({ tenant: i % 9 });
      const customer = new Customer({ name: 'A', city: 'B' });
      customer.rename(customer.label);
      new Invoice({ lines: [1, 2] }).total.toFixed(2);
    }
  },
};
