'use strict';

let Visitor;
let next = 0;

module.exports = {
  about: 'the listener that is removed is not the one that was added',
  packages: ['eventemitter3'],
  leaks: [{ causes: ['event-listeners'], owners: ['rooms'] }],
  dose: 1500,
  quick: true,
  start() {
    ({ Visitor } = require('./rooms.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) new Visitor(`visitor ${next++}`, `room ${i % 4}`).leave();
  },
};
