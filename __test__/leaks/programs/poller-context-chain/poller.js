'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');

const { log } = require('./log.js');

const trace = new AsyncLocalStorage();

/** Takes messages for ever; each round is a span below the one that started it. */
function poll(source) {
  const span = { parent: trace.getStore() ?? null, name: 'poll', messages: [] }; // leaks here
  trace.run(span, async () => { // leaks here
    const message = await source.next();
    span.messages.push(message);
    log(span, `message ${message.id}`);
    poll(source); // leaks here
  });
}

module.exports = { poll };
