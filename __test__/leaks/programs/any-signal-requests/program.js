'use strict';

let price;

module.exports = {
  about: 'any-signal 2 adds listeners to the signal of the process and removes them only if it aborts',
  packages: ['any-signal'],
  leaks: [{ causes: ['event-target-listeners', 'known-owner'], owners: ['signal', 'AbortSignal', 'stop'] }],
  dose: 700,
  start() {
    ({ price } = require('./prices.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await price(i, new AbortController().signal);
  },
};
