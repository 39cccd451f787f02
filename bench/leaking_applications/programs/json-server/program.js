'use strict';

const { listening, load } = require('../../../../__test__/leaks/http_load.js');

let server;
let next = 0;

module.exports = {
  about: 'json-server with a middleware that remembers who asked for what',
  packages: ['json-server'],
  leaks: [{ causes: ['request-keyed-collection', 'unbounded-collection'], owners: ['lastSeen'] }],
  dose: 600,
  async start(middlewares = [require('./last_seen.js').noteVisitor]) {
    const jsonServer = require('json-server');
    const app = jsonServer.create();
    app.use(jsonServer.defaults({ logger: false, noCors: true }), ...middlewares);
    const posts = Array.from({ length: 100 }, (_, id) => ({ id, title: `post ${id}` }));
    app.use(jsonServer.router({ posts }));
    server = await listening(app);
  },
  work(units) {
    return load(server, units, (i) => ({
      path: `/posts/${i % 100}`, headers: { visitor: `visitor-${next++}` },
    }));
  },
};
