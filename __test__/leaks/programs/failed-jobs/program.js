'use strict';

let run;
let next = 0;

async function handler({ id, rows }) {
  if (id % 2 === 0) throw new TypeError(`row ${rows[0].n} has no customer`);
}

module.exports = {
  about: 'errors with their stacks and jobs are kept for a page that shows the last one',
  leaks: [{ causes: ['error-stacks', 'unbounded-collection'], owners: ['failures', 'health'] }],
  dose: 1500,
  start() {
    ({ run } = require('./jobs.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await run({ id: next++, handler, rows: [{ n: i }, { n: i + 1 }] });
  },
};
