'use strict';

let run;

module.exports = {
  about: 'a generic-pool whose resources are given back, also after errors',
  packages: ['generic-pool'],
  leaks: [],
  dose: 1500,
  start() {
    ({ run } = require('./workers.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i += 25) {
      await Promise.allSettled(Array.from({ length: 25 }, (_, n) => run(i + n)));
    }
  },
};
