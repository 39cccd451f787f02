'use strict';

const { EventEmitter } = require('node:events');

const { typing } = require('./typing.js');

/** Rooms by name; people come and go. */
class Chat extends EventEmitter {
  rooms = new Map();

  join(name, member) {
    let room = this.rooms.get(name);
    if (room === undefined) {
      room = { name, members: new Set(), messages: [] };
      this.rooms.set(name, room);
    }
    room.members.add(member); // leaks here: members
    this.on('message', (message) => { // leaks here: listeners
      if (message.room === name) member.inbox.push(message.text);
    });
    typing(member);
  }

  say(name, text) {
    const { messages } = this.rooms.get(name);
    messages.push({ room: name, text });
    if (messages.length > 20) messages.shift();
  }

  leave(member) {
    member.isHere = false;
  }
}

module.exports = { Chat };
