'use strict';

const { Counter, Histogram, Registry } = require('prom-client');

const register = new Registry();
const labelNames = ['method', 'route', 'status'];
const requests = new Counter({ name: 'requests_total', help: 'requests', labelNames, registers: [register] });
const seconds = new Histogram({ name: 'request_seconds', help: 'times', labelNames, registers: [register] });

function observe(labels, duration) {
  requests.inc(labels);
  seconds.observe(labels, duration);
}

module.exports = { observe };
