'use strict';

const http = require('node:http');

/** A client of the stock service for one tenant. */
class StockClient {
  constructor(port, tenant) {
    this.port = port;
    this.tenant = tenant;
    this.agent = new http.Agent({ keepAlive: true }); // leaks here
  }

  stockOf(sku) {
    const { port, tenant, agent } = this;
    const options = { host: '127.0.0.1', port, agent, path: `/stock/${sku}`, headers: { tenant } };
    return new Promise((resolve, reject) => {
      http.get(options, (response) => { // leaks here
        let text = '';
        response.setEncoding('utf8').on('data', (part) => (text += part));
        response.on('end', () => resolve(JSON.parse(text)));
      }).on('error', reject);
    });
  }
}

module.exports = { StockClient };
