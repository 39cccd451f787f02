'use strict';

let document;

module.exports = {
  about: 'a chain of states for undo has no end',
  leaks: [{ causes: ['unbounded-collection', 'backlog'], owners: ['state', 'previous', 'document', 'SharedDocument'] }],
  dose: 4000,
  start() {
    const { SharedDocument } = require('./document.js');
    document = new SharedDocument('minutes');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const author = { name: `author ${i % 5}` };
      document.edit(author, () => `minutes, version ${i}`);
      if (i % 10 === 0) document.undo();
    }
  },
};
