'use strict';

let titleOf;

module.exports = {
  about: 'windows of jsdom, each a context of its own, are kept and never closed',
  packages: ['jsdom'],
  leaks: [{ causes: ['vm-contexts', 'known-owner', 'unbounded-collection'], owners: ['opened'] }],
  dose: 6,
  start() {
    ({ titleOf } = require('./scraper.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) titleOf(`<h1>Offer ${i}</h1><p>Now cheaper.</p>`);
  },
};
