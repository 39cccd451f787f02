'use strict';

const DataLoader = require('dataloader');

/** Loaders live as long as a request. */
const loaders = () => ({ users: new DataLoader(async (ids) => ids.map((id) => ({ id, name: `u${id}` }))) });

async function posts(count, from) {
  const { users } = loaders();
  const authors = Array.from({ length: count }, (_, i) => users.load(from + (i % 5)));
  return (await Promise.all(authors)).map(({ name }) => name);
}

module.exports = { posts };
