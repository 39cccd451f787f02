'use strict';

let show;
let next = 0;

module.exports = {
  about: 'an lru-cache with a maximum that is full, and churns',
  packages: ['lru-cache'],
  leaks: [],
  dose: 4000,
  quick: true,
  start() {
    ({ show } = require('./catalogue.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) show(next++);
  },
};
