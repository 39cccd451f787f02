'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'a router is added to the app with each request',
  packages: ['express'],
  leaks: [{ causes: ['known-owner', 'unbounded-collection'], owners: ['stack', 'app', '_router'] }],
  dose: 200,
  async start() {
    server = await listening(require('./app.js').app);
  },
  work(units) {
    return load(server, units, (i) => ({ path: `/tenants/t${i % 10}/report` }));
  },
};
