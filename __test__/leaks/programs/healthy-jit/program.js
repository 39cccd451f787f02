'use strict';

let price;
let next = 0;

module.exports = {
  about: 'code is compiled, optimised and thrown away again while shapes of objects come up',
  leaks: [],
  dose: 20000,
  start() {
    ({ price } = require('./pricing.js'));
  },
  work(units) {
    let sum = 0;
    for (let i = 0; i < units; i++) sum += price(next++);
    return void sum;
  },
};
