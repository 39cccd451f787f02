'use strict';

const http = require('node:http');

const { listening, load } = require('../../http_load.js');

let gateway;

module.exports = {
  about: 'the gateway adds a listener to the proxy for each request',
  packages: ['http-proxy'],
  leaks: [{ causes: ['event-listeners'], owners: ['proxy', 'ProxyServer'] }],
  dose: 300,
  async start() {
    const backend = await listening(http.createServer((_, response) => response.end('ok')));
    const target = `http://127.0.0.1:${backend.address().port}`;
    gateway = await listening(require('./gateway.js').createGateway(target, () => {}));
  },
  work(units) {
    return load(gateway, units, (i) => ({ path: `/articles/${i}` }));
  },
};
