'use strict';

let send;
let next = 0;

module.exports = {
  about: 'each mail adds a plugin to the shared transport',
  packages: ['nodemailer'],
  leaks: [{
    causes: ['known-owner', 'unbounded-collection'],
    owners: ['compile', '_userPlugins', 'transport', 'Mail'],
  }],
  dose: 120,
  start() {
    ({ send } = require('./mailer.js'));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      const links = Array.from({ length: 60 }, (_, n) => ({ href: n }));
      await send({ name: `tenant ${next++}`, city: 'Ulm', links }, { to: 'a@b.example', text: 'hello' });
    }
  },
};
