'use strict';

let run;
let next = 0;

module.exports = {
  about: 'one job in a hundred takes a way out on which its entry is not removed',
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['running'] }],
  dose: 30000,
  quick: true,
  start() {
    ({ run } = require('./jobs.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const number = next++;
      run({ id: `job-${number}`, steps: [{ number, value: `value ${number}` }], payload: new Array(20).fill(i) });
    }
  },
};
