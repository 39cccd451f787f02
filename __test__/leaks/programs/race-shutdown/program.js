'use strict';

let runJob;
let next = 0;

module.exports = {
  about: 'each job races with a promise that lives as long as the process: the reactions stay with it',
  leaks: [{ causes: ['promise-reactions'], owners: ['stopping', 'Promise'] }],
  dose: 1500,
  quick: true,
  start() {
    ({ runJob } = require('./worker.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      await runJob({ id: next++, lines: [{ price: i, count: 2 }, { price: 3, count: 1 }] });
    }
  },
};
