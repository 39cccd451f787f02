'use strict';

let login;

module.exports = {
  about: 'each login starts a timeout of a day that keeps its session, also when that was replaced',
  leaks: [{ causes: ['timers'], owners: ['Timeout', 'TimersList', 'setTimeout', 'login', 'session'] }],
  dose: 1500,
  start() {
    ({ login } = require('./sessions.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const session = login(`user-${i % 100}`, { model: 'phone', version: i % 9 });
      session.basket.push({ sku: i, count: 1 }, { sku: i + 1, count: 2 });
    }
  },
};
