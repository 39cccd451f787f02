'use strict';

const { users } = require('./loaders.js');

async function author(post) {
  const user = await users.load(post.author); // leaks here
  return { post: post.id, author: user.name };
}

module.exports = { author };
