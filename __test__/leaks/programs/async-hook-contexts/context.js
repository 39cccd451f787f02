'use strict';

const { createHook, executionAsyncId } = require('node:async_hooks');

/** The request that an asynchronous operation belongs to. */
const contexts = new Map();

createHook({
  init(asyncId, type, triggerAsyncId) {
    const context = contexts.get(triggerAsyncId);
    if (context !== undefined) contexts.set(asyncId, context); // leaks here
  },
}).enable();

function runWith(context, action) {
  contexts.set(executionAsyncId(), context);
  return action();
}

const currentContext = () => contexts.get(executionAsyncId());

module.exports = { currentContext, runWith };
