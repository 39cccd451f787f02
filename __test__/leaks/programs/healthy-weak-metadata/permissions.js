'use strict';

const cache = new WeakMap();

/** Rights of a user, worked out once for the object of the user that a request has. */
function rightsOf(user) {
  let rights = cache.get(user);
  if (rights === undefined) {
    rights = new Set(user.roles.flatMap((role) => [`${role}:read`, `${role}:write`]));
    cache.set(user, rights);
  }
  return rights;
}

module.exports = { rightsOf };
