'use strict';

let queue;
let dose = 0;

module.exports = {
  about: 'a queue that is long at the second capture, after a burst, and short again at the third',
  leaks: [],
  dose: 3000,
  quick: true,
  start() {
    const { MailQueue } = require('./mail_queue.js');
    queue = new MailQueue();
  },
  work(units) {
    const sent = [units - 500, 200, 2 * units][dose++];
    for (let i = 0; i < units; i++) queue.add({ to: `user-${i}`, lines: ['hello', String(i)] });
    queue.send(sent);
  },
};
