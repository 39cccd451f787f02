'use strict';

let importFile;
let next = 0;

module.exports = {
  about: 'the first line of each file is a slice that keeps the text of the whole file',
  leaks: [{ causes: ['string-parents'], owners: ['importedIds'] }],
  dose: 100,
  quick: true,
  start() {
    ({ importFile } = require('./importer.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const head = `batch ${String(next++).padStart(8, '0')} of the day`;
      const lines = Array.from({ length: 200 }, (_, n) => `order ${n}, customer ${n * i}, open`);
      importFile(Buffer.from([head, ...lines].join('\n')).toString('latin1'));
    }
  },
};
