'use strict';

const EventEmitter = require('eventemitter3');

const rooms = new EventEmitter();

/** A visitor of a room. Those who leave should hear nothing more. */
class Visitor {
  constructor(name, room) {
    this.name = name;
    this.heard = [];
    this.room = room;
    rooms.on(room, (text) => this.heard.push(text)); // leaks here
  }

  leave() {
    // Another function than the one that was added.
    rooms.off(this.room, (text) => this.heard.push(text));
  }
}

module.exports = { Visitor, rooms };
