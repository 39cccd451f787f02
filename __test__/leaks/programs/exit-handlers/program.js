'use strict';

let TempFolder;
let next = 0;

module.exports = {
  about: 'each document adds a listener for the exit of the process',
  leaks: [{ causes: ['event-listeners'], owners: ['process'] }],
  dose: 1000,
  start() {
    process.setMaxListeners(0);
    ({ TempFolder } = require('./temp_folder.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const folder = new TempFolder(`document-${next++}`);
      for (let page = 0; page < 4; page++) folder.add(`page-${page}.png`);
      folder.remove();
    }
  },
};
