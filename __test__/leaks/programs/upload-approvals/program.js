'use strict';

let uploads;
let next = 0;

module.exports = {
  about: 'uploads that are rejected wait for their approval for ever',
  leaks: [{ causes: ['suspended-async', 'event-listeners'], owners: ['moderation'] }],
  dose: 800,
  start() {
    uploads = require('./uploads.js');
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const id = next++;
      const published = uploads.publish({ id, author: { name: `author ${id % 30}` } });
      if (i % 2 === 0) continue;
      uploads.moderation.emit(`approved:${id}`);
      await published;
    }
  },
};
