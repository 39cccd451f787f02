import { EventEmitter } from 'node:events';

/** Messages of all rooms. */
const messages = new EventEmitter();
messages.setMaxListeners(0);

/** A member of a room. */
export class Member {
  constructor(name, room) {
    this.name = name;
    this.inbox = [];
    messages.on(room, (text) => { // leaks here
      this.inbox.push(text);
    });
  }
}

export const say = (room, text) => messages.emit(room, text);
