'use strict';

let encoder;
let next = 0;

module.exports = {
  about: 'a buffer that grows in a few large steps to what the largest frame needs',
  leaks: [],
  dose: 3000,
  start() {
    const { Encoder } = require('./encoder.js');
    encoder = new Encoder();
  },
  work(units) {
    for (let i = 0; i < units; i++, next++) encoder.encode({ id: next, size: 500 + (Math.min(next, 4000) * 97) % 300_000 });
  },
};
