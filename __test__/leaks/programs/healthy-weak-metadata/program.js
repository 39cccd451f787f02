'use strict';

let rightsOf;

module.exports = {
  about: 'a WeakMap with keys of the request: they die with it',
  leaks: [],
  dose: 4000,
  start() {
    ({ rightsOf } = require('./permissions.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const user = { id: i, roles: ['author', `team-${i % 30}`] };
      rightsOf(user);
      await null;
      rightsOf(user);
    }
  },
};
