'use strict';

let Dashboard;
let readings;

module.exports = {
  about: 'each dashboard subscribes to a Subject and never unsubscribes',
  packages: ['rxjs'],
  leaks: [{ causes: ['known-owner', 'event-listeners', 'unbounded-collection'], owners: ['observers', 'readings', 'Subject', 'currentObservers'] }],
  dose: 400,
  start() {
    ({ Dashboard } = require('./dashboard.js'));
    ({ readings } = require('./readings.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const dashboard = new Dashboard(`room ${i % 8}`);
      if (i % 50 === 0) readings.next({ room: 'room 0', value: i });
      dashboard.close();
    }
  },
};
