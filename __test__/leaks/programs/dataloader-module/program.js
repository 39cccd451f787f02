'use strict';

let author;
let next = 0;

module.exports = {
  about: 'a DataLoader that lives as long as the process caches every user it ever loaded',
  packages: ['dataloader'],
  leaks: [{ causes: ['known-owner'], owners: ['users', '_cacheMap', 'DataLoader'] }],
  dose: 1500,
  start() {
    ({ author } = require('./resolvers.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) await author({ id: i, author: next++ });
  },
};
