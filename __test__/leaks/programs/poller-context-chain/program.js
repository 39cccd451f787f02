'use strict';

let mailbox;
let next = 0;

module.exports = {
  about: 'each round of a poller runs inside the async context of the one before: a chain of all rounds',
  leaks: [{ causes: ['async-context-store'], owners: ['parent', 'trace', 'AsyncLocalStorage', 'span'] }],
  dose: 2000,
  start() {
    const { Mailbox } = require('./mailbox.js');
    mailbox = new Mailbox();
    require('./poller.js').poll(mailbox);
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      mailbox.deliver({ id: next++, body: [i, i + 1] });
      await new Promise((turn) => setImmediate(turn));
    }
  },
};
