'use strict';

const { once } = require('node:events');
const net = require('node:net');

let checkLicence;
let server;

module.exports = {
  about: 'the connection for each check is never closed',
  leaks: [{ causes: ['open-handles'], owners: ['socket', 'Socket'], members: ['TCP', 'Socket'] }],
  dose: 150,
  async start() {
    ({ checkLicence } = require('./upstream.js'));
    server = net.createServer((socket) => socket.on('data', () => socket.write('ok\n')).unref());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      await checkLicence(server.address().port, { name: `customer-${i}`, seats: [i, i + 1] });
    }
  },
};
