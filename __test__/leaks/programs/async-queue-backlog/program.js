'use strict';

let resizer;
let thumbnails;
let next = 0;

module.exports = {
  about: 'a queue of async gets two tasks for each that is done: a backlog',
  packages: ['async'],
  leaks: [{ causes: ['backlog', 'known-owner'], owners: ['_tasks', 'tasks', 'DLL', 'thumbnails', 'head'] }],
  dose: 4000,
  async start() {
    const { Resizer } = require('./resizer.js');
    resizer = new Resizer();
    const { createThumbnails } = require('./thumbnails.js');
    thumbnails = createThumbnails((picture, done) => resizer.resize(picture, done));
    await new Promise((turn) => setImmediate(turn));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      thumbnails.add({ id: next++, path: `/pictures/${i}.jpg` });
      if (i % 2 === 0) resizer.tick();
      if (i % 100 === 0) await new Promise((turn) => setImmediate(turn));
    }
  },
};
