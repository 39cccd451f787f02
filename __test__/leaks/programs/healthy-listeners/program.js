'use strict';

let download;
let next = 0;

module.exports = {
  about: 'listeners of a module-level emitter, and as many are removed as are added',
  leaks: [],
  dose: 2000,
  quick: true,
  start() {
    ({ download } = require('./downloads.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i += 20) {
      await Promise.all(Array.from({ length: 20 }, () => download(`file ${next++}`)));
    }
  },
};
