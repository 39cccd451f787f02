'use strict';

let visit;
let next = 0;

module.exports = {
  about: 'a listener for each visitor, in a minified bundle with a source map; names and line are those of the source',
  leaks: [{ causes: ['event-listeners'], owners: ['messages'] }],
  dose: 1500,
  start() {
    ({ visit } = require('./dist/server.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) visit(next++);
  },
};
