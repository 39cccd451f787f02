'use strict';

let accepts;
let next = 0;

module.exports = {
  about: 'functions are compiled from texts that hold the customer\'s number, and all are kept',
  leaks: [{ causes: ['compiled-code', 'unbounded-collection'], owners: ['compiled'] }],
  dose: 600,
  start() {
    ({ accepts } = require('./rules.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const customer = next++;
      accepts({ total: i, customer }, { minimum: 20, customer });
    }
  },
};
