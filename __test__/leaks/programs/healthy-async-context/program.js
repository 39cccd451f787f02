'use strict';

let handle;
let next = 0;

module.exports = {
  about: 'a store of AsyncLocalStorage for each request, which ends with it',
  leaks: [],
  dose: 1500,
  start() {
    ({ handle } = require('./requests.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i += 10) {
      await Promise.all(Array.from({ length: 10 }, () => handle({ id: next++, body: [1, 2, 3] })));
    }
  },
};
