'use strict';

let publish;
let next = 0;

module.exports = {
  about: 'a small function that is kept shares its scope with all rows of the report',
  leaks: [{ causes: ['shared-closure-context', 'unbounded-collection'], owners: ['titles'] }],
  dose: 300,
  start() {
    ({ publish } = require('./reports.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const rows = Array.from({ length: 25 }, (_, n) => ({ customer: `c${n}`, total: (n * 7) % 11 }));
      publish(next++, rows);
    }
  },
};
