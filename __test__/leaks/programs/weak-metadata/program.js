'use strict';

let routes;

module.exports = {
  about: 'metadata in a WeakMap stays, since a Set keeps its keys: replaced handlers are never removed',
  leaks: [{ causes: ['weak-map-entries', 'unbounded-collection'], owners: ['metadata', 'registered', 'WeakMap'] }],
  dose: 1000,
  start() {
    routes = require('./routes.js');
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const path = `/hooks/${i % 10}`;
      routes.unregisterAll(path);
      routes.register(path, (request) => ({ path, request }), { type: 'object', required: ['id'] });
    }
  },
};
