'use strict';

const http = require('node:http');

const { listening } = require('../../http_load.js');

let base;
let issues;
let next = 0;

module.exports = {
  about: 'each call adds a hook to the defaults of the shared client of got',
  packages: ['got'],
  leaks: [{
    causes: ['known-owner', 'unbounded-collection'],
    owners: ['beforeRequest', 'hooks', 'client', 'defaults'],
  }],
  dose: 150,
  async start() {
    const server = await listening(http.createServer((_, response) => response.end('[]')));
    base = `http://127.0.0.1:${server.address().port}`;
    ({ issues } = require('./github.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const scopes = Array.from({ length: 60 }, (_, n) => ({ scope: n }));
      await issues(base, { id: next++, scopes }, i % 4);
    }
  },
};
