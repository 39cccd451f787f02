'use strict';

let posts;

module.exports = {
  about: 'a DataLoader with its cache for each request',
  packages: ['dataloader'],
  leaks: [],
  dose: 400,
  quick: true,
  start() {
    ({ posts } = require('./resolvers.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await posts(10, i);
  },
};
