'use strict';

let render;
let next = 0;

module.exports = {
  about: 'a small leak in a heap of which nearly all is replaced between captures',
  leaks: [{ causes: ['unbounded-collection'], owners: ['slow'] }],
  dose: 12000,
  quick: true,
  start() {
    ({ render } = require('./pages.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) render(`/page/${next}`, (next++ * 7919) % 1000);
  },
};
