'use strict';

const winston = require('winston');

const { sink } = require('./sink.js');

/** The logger of a request: all lines have its id. */
function loggerFor(id) {
  return winston.loggers.get(`request-${id}`, { // leaks here
    defaultMeta: { request: id },
    transports: [new winston.transports.Stream({ stream: sink })],
  });
}

module.exports = { loggerFor };
