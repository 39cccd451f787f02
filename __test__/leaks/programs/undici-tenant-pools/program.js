'use strict';

const http = require('node:http');

const { listening } = require('../../http_load.js');

let api;
let next = 0;

module.exports = {
  about: 'an agent of undici keeps a pool with an open connection for each host name',
  packages: ['undici'],
  leaks: [{
    causes: ['known-owner', 'open-handles'],
    owners: ['agent', 'Agent', 'clients', 'Pool'],
    // The other ends of the connections: the gateway is in this process, too.
    members: ['HTTPParser', 'TCP', 'Socket'],
  }],
  dose: 100,
  async start() {
    const server = http.createServer((_, response) => response.end('{"theme":"dark"}'));
    server.keepAliveTimeout = 0;
    await listening(server);
    api = new (require('./tenants.js').TenantApi)(server.address().port);
  },
  async work(units) {
    for (let i = 0; i < units; i++) await api.settings(`shop-${next++}`);
  },
};
