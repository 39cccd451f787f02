'use strict';

const os = require('node:os');
const path = require('node:path');

/** A folder for the pages of one document; it is removed with the process. */
class TempFolder {
  constructor(name) {
    this.path = path.join(os.tmpdir(), name);
    this.files = [];
    process.on('exit', () => this.remove()); // leaks here
  }

  add(file) {
    this.files.push(path.join(this.path, file));
  }

  remove() {
    this.files.length = 0;
  }
}

module.exports = { TempFolder };
