'use strict';

let isValid;

module.exports = {
  about: 'a schema is compiled for each request; ajv caches by the schema object, which is always new',
  packages: ['ajv'],
  leaks: [{ causes: ['known-owner', 'compiled-code'], owners: ['ajv', '_cache', 'Ajv'] }],
  dose: 250,
  quick: true,
  start() {
    ({ isValid } = require('./validation.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) isValid({ fields: ['name', 'city'] }, { name: 'a', city: 'b' });
  },
};
