'use strict';

let tracing;
let next = 0;

module.exports = {
  about: 'contexts of cls-hooked are entered and never left: each is the parent of the next',
  packages: ['cls-hooked'],
  leaks: [{
    causes: ['async-context-store', 'known-owner', 'unbounded-collection'],
    owners: ['_set', 'tracing', 'Namespace', '_contexts', 'active'],
  }],
  dose: 800,
  start() {
    tracing = require('./tracing.js');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      tracing.beginTrace({ id: next++, queue: `q${i % 3}` });
      tracing.span('receive');
    }
  },
};
