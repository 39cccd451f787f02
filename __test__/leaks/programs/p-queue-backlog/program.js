'use strict';

let server;
let webhooks;
let next = 0;

module.exports = {
  about: 'three webhooks are queued for each that is answered: a backlog',
  packages: ['p-queue'],
  leaks: [{
    causes: ['backlog', 'known-owner'],
    owners: ['_queue', 'queue', 'PQueue', 'PriorityQueue', 'webhooks'],
  }],
  dose: 1500,
  start() {
    const { CustomersServer } = require('./customers_server.js');
    server = new CustomersServer();
    const { Webhooks } = require('./webhooks.js');
    webhooks = new Webhooks((url, payload) => server.post(url, payload));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      webhooks.notify({ id: i % 40, url: 'http://customer.example' }, { order: next++, state: 'sent' });
      if (i % 3 === 0) server.answer();
      if (i % 30 === 0) await new Promise((turn) => setImmediate(turn));
    }
  },
};
