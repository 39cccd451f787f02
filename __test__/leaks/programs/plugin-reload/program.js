'use strict';

let reloadDiscounts;

module.exports = {
  about: 'a module that is deleted from require.cache and loaded again stays in its parent\'s children',
  leaks: [{ causes: ['module-instances'], owners: ['children', 'Module', 'module', 'plugins'] }],
  dose: 60,
  start() {
    ({ reloadDiscounts } = require('./plugins.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) reloadDiscounts().discountOf(i);
  },
};
