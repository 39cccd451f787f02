'use strict';

const http = require('node:http');

const { listening } = require('../../http_load.js');

let StockClient;
let server;

module.exports = {
  about: 'each call makes a client, and so an agent whose idle connection stays open',
  leaks: [{
    causes: ['open-handles'],
    owners: ['agent', 'Agent', 'freeSockets', 'StockClient'],
    members: ['TCP', 'Socket', 'Agent'],
  }],
  dose: 120,
  async start() {
    ({ StockClient } = require('./api_client.js'));
    server = http.createServer((_, response) => response.end('{"count":3}'));
    server.keepAliveTimeout = 0;
    await listening(server);
  },
  async work(units) {
    const { port } = server.address();
    for (let i = 0; i < units; i++) await new StockClient(port, `tenant-${i}`).stockOf(i);
  },
};
