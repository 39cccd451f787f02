'use strict';

const { once } = require('node:events');

let feed;
let server;
let WebSocket;

async function visit(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  socket.send('ACME');
  socket.close();
  await once(socket, 'close');
}

module.exports = {
  about: 'each connection listens to the price feed, also after it is closed',
  packages: ['ws'],
  leaks: [{ causes: ['event-listeners'], owners: ['feed', 'PriceFeed'] }],
  dose: 200,
  async start() {
    ({ WebSocket } = require('ws'));
    ({ feed } = require('./feed.js'));
    server = require('./server.js').serve();
    await once(server, 'listening');
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      await visit(server.address().port);
      feed.tick('ACME', i);
    }
  },
};
