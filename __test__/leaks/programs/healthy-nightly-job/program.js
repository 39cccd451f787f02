'use strict';

let table;
let factor = 0;

module.exports = {
  about: 'a table that is replaced as a whole by a newer one of about the same size',
  leaks: [],
  dose: 12000,
  start() {
    const { PriceTable } = require('./import.js');
    table = new PriceTable();
  },
  work(units) {
    factor++;
    table.reload(units + (factor % 2) * 100, factor);
  },
};
