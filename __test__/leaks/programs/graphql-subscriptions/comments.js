'use strict';

const { PubSub } = require('graphql-subscriptions');

const pubsub = new PubSub();
pubsub.ee.setMaxListeners(0);

/** Comments on a post as they are made, for one browser. */
async function* comments(post) {
  const added = pubsub.asyncIterator([`comment:${post}`]); // leaks here
  const first = await added.next();
  yield first.value;
  yield (await added.next()).value;
}

const comment = (post, text) => pubsub.publish(`comment:${post}`, { post, text });

module.exports = { comment, comments };
