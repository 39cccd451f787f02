'use strict';

const { listening, load } = require('../../http_load.js');

let server;
let next = 0;

module.exports = {
  about: 'two leaks of an express service beside a bounded cache: listeners that keep requests, and visitors',
  packages: ['express', 'lru-cache'],
  leaks: [
    { mark: 'listeners', causes: ['event-listeners'], owners: ['config'] },
    { mark: 'seen', causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['#seen', 'recommendations'] },
  ],
  dose: 1000,
  async start() {
    server = await listening(require('./app.js').app);
  },
  work(units) {
    return load(server, units, (i) => ({ path: `/products/${i % 300}?visitor=v${next++}` }));
  },
};
