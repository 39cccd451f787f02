'use strict';

const path = require('node:path');

const FILE = path.join(__dirname, 'plugins', 'discounts.js');

/** Loads the plugin anew: customers change it while the service runs. */
function reloadDiscounts() {
  delete require.cache[FILE];
  return require(FILE); // leaks here
}

module.exports = { reloadDiscounts };
