'use strict';

let intern;
let next = 0;

module.exports = {
  about: 'interned names of a set that is complete soon after the first capture',
  leaks: [],
  dose: 6000,
  start() {
    ({ intern } = require('./interner.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) intern(`product ${(next++ * 31) % 8000}`);
  },
};
