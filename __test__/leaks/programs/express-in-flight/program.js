'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'requests in flight are forgotten only if they succeed; one in four is declined',
  packages: ['express'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['inFlight'] }],
  dose: 1200,
  quick: true,
  async start() {
    server = await listening(require('./app.js').app);
  },
  work(units) {
    return load(server, units, (i) => ({
      path: '/payments', body: { amount: i, card: `4000-0000-000${i % 4}` },
    }));
  },
};
