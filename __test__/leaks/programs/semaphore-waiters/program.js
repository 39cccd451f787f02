'use strict';

let printInvoice;
let next = 0;

module.exports = {
  about: 'permits get lost with errors; from then on everybody waits for ever',
  leaks: [{ causes: ['suspended-async', 'pending-promises', 'backlog'], owners: ['printers', '#waiting', 'Semaphore'] }],
  dose: 1500,
  start() {
    ({ printInvoice } = require('./invoices.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const address = next < 4 ? undefined : 'Main Street 1';
      const items = [{ count: 1, name: `item ${i}` }, { count: 2, name: 'bag' }];
      printInvoice({ number: next++, address, items }).catch(() => {});
    }
    await null;
  },
};
