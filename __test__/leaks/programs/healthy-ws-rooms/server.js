'use strict';

const { WebSocketServer } = require('ws');

/** People in rooms; an empty room goes. */
const rooms = new Map();

function serve() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, request) => {
    const room = rooms.get(request.url) ?? new Set();
    rooms.set(request.url, room.add(socket));
    socket.on('message', (text) => {
      for (const other of room) other.send(String(text));
    });
    socket.on('close', () => {
      room.delete(socket);
      if (room.size === 0) rooms.delete(request.url);
    });
  });
  return server;
}

module.exports = { serve };
