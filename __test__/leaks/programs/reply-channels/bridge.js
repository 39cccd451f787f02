'use strict';

const { MessageChannel } = require('node:worker_threads');

/** Asks a part of the program that may live in another thread; the reply comes through a port. */
function ask(service, question) {
  const { port1, port2 } = new MessageChannel(); // leaks here
  return new Promise((resolve) => {
    port1.on('message', (answer) => resolve({ question, answer })); // leaks here
    service(question, port2);
  });
}

module.exports = { ask };
