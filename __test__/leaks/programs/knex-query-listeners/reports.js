'use strict';

const { db } = require('./database.js');

function report(request) {
  const queries = [];
  db.on('query', ({ sql }) => queries.push({ request: request.id, sql })); // leaks here
  const query = db('orders').where({ customer: request.customer }).orderBy('placed_at').limit(20);
  return query.toString();
}

module.exports = { report };
