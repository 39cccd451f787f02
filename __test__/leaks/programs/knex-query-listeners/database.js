'use strict';

const knex = require('knex');

const db = knex({ client: 'pg' });
db.setMaxListeners(0);

module.exports = { db };
