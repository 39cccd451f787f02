'use strict';

const { once } = require('node:events');

let server;
let WebSocket;

async function visit(room) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}/${room}`);
  await once(socket, 'open');
  socket.send('hello');
  await once(socket, 'message');
  socket.close();
  await once(socket, 'close');
}

module.exports = {
  about: 'connections of ws come and go, and leave nothing behind',
  packages: ['ws'],
  leaks: [],
  dose: 200,
  async start() {
    ({ WebSocket } = require('ws'));
    server = require('./server.js').serve();
    await once(server, 'listening');
  },
  async work(units) {
    for (let i = 0; i < units; i++) await visit(`room-${i}`);
  },
};
