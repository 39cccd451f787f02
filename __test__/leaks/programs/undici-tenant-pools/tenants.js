'use strict';

const net = require('node:net');
const { Agent, request } = require('undici');

/** All tenants are behind one gateway, by their host names. */
class TenantApi {
  constructor(port) {
    this.agent = new Agent({ // leaks here
      keepAliveTimeout: 600_000,
      connect: (_options, done) => {
        const socket = net.connect(port, '127.0.0.1', () => done(null, socket));
        socket.on('error', done);
      },
    });
  }

  async settings(tenant) {
    const url = `http://${tenant}.shops.internal/settings`;
    const { body } = await request(url, { dispatcher: this.agent }); // leaks here
    return body.json();
  }
}

module.exports = { TenantApi };
