'use strict';

const http = require('node:http');
const { createProxyServer } = require('http-proxy');

const proxy = createProxyServer({});

/** Passes requests on, and notes how long they take. */
function createGateway(target, onTime) {
  return http.createServer((request, response) => {
    const note = { url: request.url, headers: request.headers, startedAt: Date.now() };
    proxy.on('proxyRes', (_, answered) => { // leaks here
      if (answered === request) onTime(note.url, Date.now() - note.startedAt);
    });
    proxy.web(request, response, { target });
  });
}

module.exports = { createGateway };
