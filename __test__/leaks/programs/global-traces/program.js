'use strict';

let traced;

module.exports = {
  about: 'spans are pushed into an array of a global object that no exporter reads',
  leaks: [{ causes: ['unexpected-global', 'unbounded-collection'], owners: ['__traces', 'spans'] }],
  dose: 3000,
  start() {
    ({ traced } = require('./tracing.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) traced('query', (span) => (span.attributes.rows = i));
  },
};
