'use strict';

/** Clients in the process of the server itself, so that a capture finds requests half done. */

const http = require('node:http');

const CLIENTS = 20;

/**
 * @param {number} port
 * @param {string[]} paths asked for in turn
 * @param {number} requests that have to be answered before the load is taken for established
 * @returns {Promise<object>} what holds the clients, which go on
 */
function startLoad(port, paths, requests) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  let answered = 0;
  return new Promise((resolve, reject) => {
    const ask = (/** @type {number} */ i) => {
      const options = { agent, port, host: '127.0.0.1', path: paths[i % paths.length] };
      http
        .get(options, (response) => {
          response.resume().on('end', () => {
            answered += 1;
            if (answered === requests) resolve(agent);
            ask(i + 1);
          });
        })
        .on('error', reject);
    };
    for (let client = 0; client < CLIENTS; client += 1) ask(client);
  });
}

module.exports = { startLoad };
