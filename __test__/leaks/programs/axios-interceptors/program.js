'use strict';

let contact;
let next = 0;

module.exports = {
  about: 'each call adds an interceptor to the shared client',
  packages: ['axios'],
  leaks: [{ causes: ['known-owner', 'unbounded-collection'], owners: ['handlers', 'interceptors', 'client', 'InterceptorManager'] }],
  dose: 500,
  start() {
    ({ contact } = require('./crm.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await contact(i, { id: next++ });
  },
};
