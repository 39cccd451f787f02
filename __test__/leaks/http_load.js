'use strict';

/** Requests to a server in this process, a few at a time and in a fixed order. */

const http = require('node:http');

const CLIENTS = 4;
const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });

/**
 * @param {http.RequestListener | http.Server} app
 * @returns {Promise<http.Server>} that listens
 */
async function listening(app) {
  const server = app instanceof http.Server ? app : http.createServer(app);
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(null)));
  return server;
}

/**
 * @param {http.Server} server
 * @param {number} count
 * @param {(i: number) => { path: string, method?: string, headers?: http.OutgoingHttpHeaders,
 *   body?: any }} request the i-th one of this call; a `body` is sent as JSON
 * @returns {Promise<void>} when all are answered
 */
async function load(server, count, request) {
  let next = 0;
  const client = async () => {
    while (next < count) await ask(server, request(next++));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/**
 * @param {http.Server} server
 * @param {{ path: string, method?: string, headers?: http.OutgoingHttpHeaders, body?: any }} request
 * @returns {Promise<void>}
 */
function ask(server, { path, method, headers, body }) {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const text = body === undefined ? undefined : JSON.stringify(body);
  const typed = text === undefined ? headers : { 'content-type': 'application/json', ...headers };
  return new Promise((resolve, reject) => {
    const options = {
      agent, host: '127.0.0.1', port, path, headers: typed,
      method: method ?? (text === undefined ? 'GET' : 'POST'),
    };
    const sent = http.request(options, (response) => response.resume().on('end', resolve));
    sent.on('error', reject).end(text);
  });
}

module.exports = { listening, load };
