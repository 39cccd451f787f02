'use strict';

let lines;

module.exports = {
  about: 'a ring of the last lines; it is full at the second capture and its lines have different lengths',
  leaks: [],
  dose: 1500,
  start() {
    const { RecentLines } = require('./recent_lines.js');
    lines = new RecentLines();
  },
  work(units) {
    for (let i = 0; i < units; i++) lines.add('info', `request ${i} ${'.'.repeat(40 + (i * 13) % 40)}`);
    lines.tail(3);
  },
};
