'use strict';

const { Counter, Histogram, Registry } = require('prom-client');

const register = new Registry();

const requests = new Counter({
  name: 'http_requests_total',
  help: 'requests by path',
  labelNames: ['method', 'path', 'status'],
  registers: [register],
});

const durations = new Histogram({
  name: 'http_request_seconds',
  help: 'durations by method',
  labelNames: ['method'],
  registers: [register],
});

function count(method, path, status, seconds) {
  requests.inc({ method, path, status }); // leaks here
  durations.observe({ method }, seconds);
}

module.exports = { count, register };
