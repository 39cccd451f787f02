'use strict';

let days;
let day = 0;

module.exports = {
  about: 'the list of visits is an undeclared variable, and so a global, that is never emptied',
  leaks: [{ causes: ['unexpected-global'], owners: ['visits'] }],
  dose: 3000,
  start() {
    days = require('./visits.js');
  },
  work(units) {
    days.openDay(++day);
    for (let i = 0; i < units; i++) days.countVisit(`/page/${i % 30}`, { ip: `10.0.${i % 256}.1` });
    days.closeDay();
  },
};
