'use strict';

class Model {
  constructor(row) {
    this.row = row;
  }
}

module.exports = { Model };
