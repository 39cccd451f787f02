'use strict';

let logOf;
let next = 0;

module.exports = {
  about: 'child loggers of pino are kept by the id of the request',
  packages: ['pino'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['children'] }],
  dose: 1200,
  start() {
    ({ logOf } = require('./log.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) logOf(`req-${next++}`, `/items/${i % 7}`).warn('slow');
  },
};
