'use strict';

let handlers;
let dose = 0;

module.exports = {
  about: 'modules are loaded when they are first used, most of them between the first two captures',
  leaks: [],
  dose: 240,
  quick: true,
  start() {
    handlers = require('./handlers.js');
  },
  work(units) {
    const known = [3, 10, 12][dose++];
    for (let i = 0; i < units; i++) handlers.handle(i % known);
  },
};
