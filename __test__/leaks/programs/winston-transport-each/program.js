'use strict';

let auditUser;
let next = 0;

module.exports = {
  about: 'each call adds a transport to the logger of the process',
  packages: ['winston'],
  leaks: [{ causes: ['known-owner', 'event-listeners'], owners: ['logger', 'pipes', 'DerivedLogger'] }],
  dose: 40,
  start() {
    ({ auditUser } = require('./audit.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      auditUser(`user-${next++}`, 'login');
      await new Promise((turn) => setImmediate(turn));
    }
  },
};
