'use strict';

let welcome;
let next = 0;

module.exports = {
  about: 'compiled templates are kept by a text that holds the name of the user',
  packages: ['handlebars'],
  leaks: [{ causes: ['compiled-code', 'unbounded-collection', 'known-owner'], owners: ['templates'] }],
  dose: 60,
  start() {
    ({ welcome } = require('./mails.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) welcome({ name: `user ${next++}`, count: i, urgent: i % 2 === 0 });
  },
};
