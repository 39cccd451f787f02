'use strict';

const { memoize } = require('async');

const { resolveCustomer } = require('./customers.js');

/** Customers by their number and the id of the request, which is there for the log. */
const customerOf = memoize( // leaks here
  (number, requestId, done) => resolveCustomer(number, requestId, done),
  (number, requestId) => `${number}/${requestId}`,
);

module.exports = { customerOf };
