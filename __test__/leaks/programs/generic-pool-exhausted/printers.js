'use strict';

const { createPool } = require('generic-pool');

const factory = {
  create: async () => ({ print: (pages) => pages.length }),
  destroy: async () => {},
};

const printers = createPool(factory, { max: 3 });

module.exports = { printers };
