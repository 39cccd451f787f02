'use strict';

function resolveCustomer(number, requestId, done) {
  setImmediate(done, null, { number, name: `customer ${number}`, log: [`asked by ${requestId}`] });
}

module.exports = { resolveCustomer };
