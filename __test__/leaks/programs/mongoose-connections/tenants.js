'use strict';

const mongoose = require('mongoose');

const { invoiceSchema } = require('./invoice.js');

/** A tenant has a database of its own: a connection for the work on it. */
function openTenant(name) {
  const connection = mongoose.createConnection(); // leaks here
  connection.set('bufferCommands', false);
  const Invoice = connection.model('Invoice', invoiceSchema);
  return { name, connection, Invoice };
}

module.exports = { openTenant };
