'use strict';

let posts;

module.exports = {
  about: 'an iterator of PubSub is never returned: its listener stays and its queue grows',
  packages: ['graphql-subscriptions', 'graphql'],
  leaks: [{ causes: ['event-listeners', 'known-owner'], owners: ['ee', 'pubsub', 'PubSub'] }],
  dose: 500,
  start() {
    posts = require('./comments.js');
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const iterator = posts.comments(i % 25);
      const first = iterator.next();
      await new Promise((turn) => setImmediate(turn));
      await posts.comment(i % 25, `comment ${i}`);
      await first;
    }
  },
};
