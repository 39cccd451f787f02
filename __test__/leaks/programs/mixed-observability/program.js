'use strict';

let follow;
let next = 0;

module.exports = {
  about: 'subscriptions that never end, and a label with the name of the customer',
  packages: ['prom-client', 'rxjs'],
  leaks: [
    {
      mark: 'subscriptions',
      causes: ['known-owner', 'event-listeners', 'unbounded-collection'],
      owners: ['observers', 'changes', 'Subject', 'currentObservers'],
    },
    { mark: 'labels', causes: ['known-owner'], owners: ['orders', 'hashMap', 'Counter'] },
  ],
  dose: 700,
  start() {
    ({ follow } = require('./orders.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) follow({ id: next, customer: `customer ${next++}` }, () => {});
  },
};
