'use strict';

let mails;
let dose = 0;

module.exports = {
  about: 'thirty templates and schemas are compiled when they are first used, the last before the second capture',
  packages: ['ajv', 'handlebars'],
  leaks: [],
  dose: 600,
  start() {
    mails = require('./mails.js');
  },
  work(units) {
    const known = [10, 30, 30][dose++];
    for (let i = 0; i < units; i++) mails.render(i % known, { lines: [`line ${i}`] });
  },
};
