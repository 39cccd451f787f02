'use strict';

let reload;
let version = 0;

module.exports = {
  about: 'a method of the configuration shares its scope with a closure over the one before, and so on',
  leaks: [{ causes: ['shared-closure-context'], owners: ['current', 'previous'] }],
  dose: 400,
  start() {
    ({ reload } = require('./config.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const values = {};
      for (let n = 0; n < 20; n++) values[`feature${n}`] = { on: (i + n) % 2 === 0, share: n };
      reload(JSON.stringify({ version: ++version, values }), () => {});
    }
  },
};
