'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

const context = new AsyncLocalStorage();

async function step(name) {
  await null;
  context.getStore().steps.push(name);
}

/** Handles a request with a context of its own. */
function handle(request) {
  return context.run({ request, steps: [] }, async () => {
    await step('read');
    await new Promise((turn) => setImmediate(turn));
    await step('write');
    return context.getStore().steps.length;
  });
}

module.exports = { handle };
