'use strict';

let loggerFor;
let next = 0;

module.exports = {
  about: 'winston keeps a named logger, with its transport, for each request',
  packages: ['winston'],
  leaks: [{ causes: ['known-owner', 'unbounded-collection', 'request-keyed-collection'], owners: ['loggers', 'Container'] }],
  dose: 80,
  start() {
    ({ loggerFor } = require('./logging.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) loggerFor(next++).info('order accepted', { total: i });
    await new Promise((turn) => setImmediate(turn));
  },
};
