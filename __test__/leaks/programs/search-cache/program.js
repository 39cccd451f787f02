'use strict';

let search;
let next = 0;

module.exports = {
  about: 'answers of a search are cached in a static dictionary without a bound',
  leaks: [{ causes: ['unbounded-collection'], owners: ['cache', 'Search'] }],
  dose: 1200,
  quick: true,
  start() {
    const { Search } = require('./search.js');
    const products = Array.from({ length: 20 }, (_, i) => ({ sku: i, name: `product ${i * 37}` }));
    search = new Search(products);
  },
  work(units) {
    for (let i = 0; i < units; i++) search.find(i % 2 ? 'de' : 'en', `boots size ${next++}`);
  },
};
