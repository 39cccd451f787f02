'use strict';

let report;
let next = 0;

module.exports = {
  about: 'each report listens to all queries of the knex instance',
  packages: ['knex', 'pg'],
  leaks: [{ causes: ['event-listeners'], owners: ['db', 'knex'] }],
  dose: 700,
  start() {
    ({ report } = require('./reports.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      report({ id: next++, customer: i, filters: [{ field: 'a', value: i }, { field: 'b', value: 2 }] });
    }
  },
};
