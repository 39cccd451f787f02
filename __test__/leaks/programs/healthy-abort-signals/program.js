'use strict';

let lookup;

module.exports = {
  about: 'listeners of the signal of the process, which go with the signal of each call',
  leaks: [],
  dose: 1200,
  start() {
    ({ lookup } = require('./lookup.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await lookup(`host-${i}`);
  },
};
