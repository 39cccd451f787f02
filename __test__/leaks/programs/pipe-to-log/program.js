'use strict';

let requestLog;
let next = 0;

module.exports = {
  about: 'a stream is piped into the log for each request and never unpiped or ended',
  leaks: [{ causes: ['event-listeners', 'open-handles'], owners: ['accessLog', 'Writable'] }],
  dose: 400,
  start() {
    ({ requestLog } = require('./access_log.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const log = requestLog({ id: next++, url: `/orders/${i}` });
      log.write(`GET /orders/${i}\n`);
      await new Promise((turn) => setImmediate(turn));
    }
  },
};
