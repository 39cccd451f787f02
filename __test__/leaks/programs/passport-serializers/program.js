'use strict';

const { listening, load } = require('../../http_load.js');

let server;

module.exports = {
  about: 'a middleware registers its serializer with passport for each request',
  packages: ['express', 'passport'],
  leaks: [{
    causes: ['known-owner', 'unbounded-collection'],
    owners: ['_serializers', 'passport', 'Authenticator'],
  }],
  dose: 600,
  async start() {
    server = await listening(require('./app.js').app);
  },
  work(units) {
    return load(server, units, (i) => ({ path: '/me', headers: { user: `${i}`, tenant: `t-${i}` } }));
  },
};
