'use strict';

let orderQuery;
let query;
let next = 0;

module.exports = {
  about: 'parsed documents are kept by a text with the values in it',
  packages: ['graphql'],
  leaks: [{ causes: ['unbounded-collection'], owners: ['documents'] }],
  dose: 200,
  quick: true,
  start() {
    ({ query } = require('./api.js'));
    ({ orderQuery } = require('./client.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) query(orderQuery(next++));
  },
};
