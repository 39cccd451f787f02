'use strict';

const { WebSocketServer } = require('ws');

const { feed } = require('./feed.js');

function serve() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    const watched = new Set();
    const history = [];
    feed.on('price', (tick) => { // leaks here
      history.push(tick.price);
      if (watched.has(tick.symbol) && socket.readyState === socket.OPEN) {
        socket.send(JSON.stringify(tick));
      }
    });
    socket.on('message', (text) => watched.add(String(text)));
  });
  return server;
}

module.exports = { serve };
