'use strict';

const pino = require('pino');

const root = pino({ level: 'warn' }, { write() {} });

/** Child loggers by request, so that all parts of the program use the same one. */
const children = new Map();

function logOf(requestId, route) {
  if (!children.has(requestId)) {
    children.set(requestId, root.child({ requestId, route })); // leaks here
  }
  return children.get(requestId);
}

module.exports = { logOf };
