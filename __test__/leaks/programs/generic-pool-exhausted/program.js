'use strict';

let print;
let next = 0;

module.exports = {
  about: 'three empty reports take all resources of a pool; from then on everybody waits',
  packages: ['generic-pool'],
  leaks: [{
    causes: ['suspended-async', 'pending-promises', 'backlog', 'known-owner'],
    owners: ['_waitingClientsQueue', 'printers', 'Pool', '_queue', '_slots', 'PriorityQueue', 'DoublyLinkedList'],
  }],
  dose: 600,
  start() {
    ({ print } = require('./reports.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const rows = next++ < 3 ? [] : [{ name: 'a', value: i }, { name: 'b', value: 2 }];
      print({ number: next, rows });
      if (i % 20 === 0) await new Promise((turn) => setImmediate(turn));
    }
  },
};
