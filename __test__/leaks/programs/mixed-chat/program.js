'use strict';

let chat;
let next = 0;

module.exports = {
  about: 'three leaks at once: members who left, their listeners, and intervals',
  leaks: [
    { mark: 'listeners', causes: ['event-listeners'], owners: ['chat', 'Chat'] },
    { mark: 'members', causes: ['unbounded-collection'], owners: ['members', 'rooms'] },
    { mark: 'timers', causes: ['timers'], owners: ['Timeout', 'TimersList', 'typing', 'setInterval', 'timer'] },
  ],
  dose: 1200,
  start() {
    const { Chat } = require('./chat.js');
    chat = new Chat();
    chat.setMaxListeners(0);
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const member = { name: `member ${next++}`, inbox: [], isHere: true };
      chat.join(`room ${i % 5}`, member);
      chat.say(`room ${i % 5}`, `hello ${i}`);
      chat.leave(member);
    }
  },
};
