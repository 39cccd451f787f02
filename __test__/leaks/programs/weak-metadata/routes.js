'use strict';

/** Handlers by path. Deploys of customer code register theirs anew. */
const registered = new Set();

/** What a handler needs to know when it runs. */
const metadata = new WeakMap();

function register(path, handler, schema) {
  registered.add(handler); // leaks here
  metadata.set(handler, { path, schema, calls: new Array(40).fill(0) }); // leaks here
}

function metadataOf(handler) {
  return metadata.get(handler);
}

function unregisterAll(path) {
  for (const handler of registered) {
    if (metadata.get(handler).path === path && handler.isRemoved) registered.delete(handler);
  }
}

module.exports = { metadataOf, register, unregisterAll };
