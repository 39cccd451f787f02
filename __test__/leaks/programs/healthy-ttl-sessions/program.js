'use strict';

let sessions;
let now = 0;

module.exports = {
  about: 'sessions by token that end after a minute; as many come as go',
  leaks: [],
  dose: 5000,
  quick: true,
  start() {
    const { Sessions } = require('./sessions.js');
    sessions = new Sessions();
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      now += 30;
      sessions.use(`token-${Math.floor(now / 60)}`, now);
    }
  },
};
