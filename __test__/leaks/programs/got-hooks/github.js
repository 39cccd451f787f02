'use strict';

const got = require('got');

const client = got.extend({ mutableDefaults: true, retry: 0 });

/** Reads a page of a repository, with the token of the user who asks. */
async function issues(base, user, page) {
  const access = { token: `t-${user.id}`, scopes: user.scopes };
  client.defaults.options.hooks.beforeRequest.push((options) => { // leaks here
    if (options.context?.user === user.id) options.headers.authorization = access.token;
  });
  return client(`${base}/issues?page=${page}`, { context: { user: user.id } }).json();
}

module.exports = { issues };
