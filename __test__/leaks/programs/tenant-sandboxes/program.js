'use strict';

let evaluate;
let next = 0;

module.exports = {
  about: 'contexts are kept by a key that holds the number of the request',
  leaks: [{ causes: ['vm-contexts', 'unbounded-collection', 'request-keyed-collection'], owners: ['sandboxes'] }],
  dose: 12,
  start() {
    ({ evaluate } = require('./sandbox.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const request = { tenant: `t${i % 3}`, id: next++, order: { total: i } };
      evaluate(request, 'result = order.total > 3 ? "free shipping" : "none"');
    }
  },
};
