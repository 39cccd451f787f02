'use strict';

let runWith;
let currentContext;
let next = 0;

module.exports = {
  about: 'contexts by async id have an init hook and no destroy hook',
  leaks: [{ causes: ['async-context-store', 'unbounded-collection'], owners: ['contexts'] }],
  dose: 600,
  start() {
    ({ runWith, currentContext } = require('./context.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const context = { request: next++, user: { id: i % 20, roles: ['reader'] } };
      await new Promise((resolve) => {
        setImmediate(() => runWith(context, async () => {
          await null;
          resolve(currentContext());
        }));
      });
    }
  },
};
