'use strict';

const http = require('node:http');

let server;
let next = 0;

module.exports = {
  about: 'a namespace of socket.io for each game, which is never removed from the server',
  packages: ['socket.io'],
  leaks: [{ causes: ['known-owner', 'request-keyed-collection', 'unbounded-collection'], owners: ['_nsps', 'io', 'Namespace'] }],
  dose: 250,
  start() {
    const { GameServer } = require('./game.js');
    server = new GameServer(http.createServer());
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const game = { id: next++, board: new Array(9).fill(i) };
      server.open(game);
      server.end(game);
    }
  },
};
