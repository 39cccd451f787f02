'use strict';

let reminders;

module.exports = {
  about: 'jobs of node-schedule are never cancelled',
  packages: ['node-schedule'],
  leaks: [{
    causes: ['known-owner', 'timers', 'unbounded-collection'],
    owners: ['scheduledJobs', 'invocations', 'schedule', 'Job', 'sorted', 'currentInvocation'],
  }],
  dose: 300,
  start() {
    reminders = require('./reminders.js');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const lines = [{ sku: i, count: 1 }, { sku: i + 1, count: 2 }];
      reminders.order(reminders.remind({ customer: `c-${i}`, lines, isOrdered: false }, () => {}));
    }
  },
};
