'use strict';

let edit;
let next = 0;

module.exports = {
  about: 'a debounced function, with its timer, is kept for every draft there ever was',
  packages: ['lodash'],
  leaks: [{ causes: ['unbounded-collection', 'request-keyed-collection', 'timers'], owners: ['savers'] }],
  dose: 500,
  start() {
    ({ edit } = require('./drafts.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++, next++) {
      for (let n = 0; n < 3; n++) edit({ id: `draft-${next}`, text: 'x'.repeat(n), tags: ['a'] });
    }
  },
};
