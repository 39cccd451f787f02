'use strict';

let evaluate;

module.exports = {
  about: 'a context for each formula, and none is kept',
  leaks: [],
  dose: 40,
  start() {
    ({ evaluate } = require('./formulas.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      evaluate('a * 2 + b', { a: i, b: 3 });
      await null;
    }
  },
};
