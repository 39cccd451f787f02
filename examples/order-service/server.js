'use strict';

/**
 * An order service that watches its own heap. Started by itself it prints what it sees; started
 * with an IPC channel it tells its parent, and ends with it.
 *
 *     LEAK=off PORT=3000 node examples/order-service/server.js
 */

const { createApp } = require('./app.js');
const { watchForLeaks } = require('./leak-watch.js');

/** @param {import('./leak-watch.js').Message} message */
function tell(message) {
  // A message that the parent no longer takes is lost; 'disconnect' ends the service.
  if (process.send) process.send(message, undefined, undefined, () => {});
  else console.log(message);
}

async function start() {
  if (process.send) {
    process.on('disconnect', () => process.exit(0));
    // Ctrl-C reaches both processes of a terminal; the parent is the one to decide.
    process.on('SIGINT', () => {});
  }
  const app = createApp();
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  watchForLeaks(tell);
  tell({ type: 'listening', port: address.port });
}

start().catch((error) => {
  console.error(error);
  process.exit(1);
});
