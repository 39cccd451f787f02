'use strict';

let isNew;
let next = 0;

module.exports = {
  about: 'eight bytes of each event are kept, and with them the slab of 8 KB that Node cut them from',
  leaks: [{ causes: ['buffer-views', 'unbounded-collection'], owners: ['seen'] }],
  dose: 12000,
  start() {
    ({ isNew } = require('./deduplication.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      isNew({ id: next++, isOurs: i % 20 === 0, payload: 'x'.repeat(200) });
    }
  },
};
