'use strict';

const { Server } = require('socket.io');

/** A server of games; each game is a namespace of its own. */
class GameServer {
  constructor(http) {
    this.io = new Server(http);
    this.running = new Set();
  }

  open(game) {
    const channel = this.io.of(`/game/${game.id}`); // leaks here
    channel.on('connection', (socket) => socket.emit('board', game.board)); // leaks here
    this.running.add(game);
    return channel;
  }

  end(game) {
    this.io.of(`/game/${game.id}`).disconnectSockets();
    this.running.delete(game);
  }
}

module.exports = { GameServer };
