'use strict';

/** An express service with sessions and an error handler, under load. */

const { installed } = require('./installed.js');
const { startLoad } = require('./load.js');

async function plant() {
  const express = installed('express');
  const app = express();
  const sessions = new Map();
  const router = express.Router();
  app.use(express.json());
  app.use((/** @type {any} */ request, /** @type {any} */ _, /** @type {() => void} */ next) => {
    request.session = { visits: sessions.size, headers: request.headers };
    sessions.set(`session ${sessions.size % 5000}`, request.session);
    next();
  });
  router.get('/:id', (/** @type {any} */ request, /** @type {any} */ response) => {
    response.json({ id: request.params.id, session: request.session });
  });
  app.use('/orders', router);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const load = await startLoad(server.address().port, ['/orders/1', '/orders/2', '/none'], 2000);
  return { app, server, sessions, load };
}

module.exports = { plant };
