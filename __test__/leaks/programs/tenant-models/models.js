'use strict';

const { Model } = require('./model.js');

/** The models of a connection. A request opens one. */
const registry = [];

function modelsFor(connection) {
  class Customer extends Model {
    static connection = connection;

    get label() {
      return `${this.row.name} (${this.row.city})`;
    }

    rename(name) {
      this.row.name = name;
    }
  }
  class Invoice extends Model {
    static connection = connection;

    get total() {
      return this.row.lines.reduce((sum, line) => sum + line, 0);
    }
  }
  registry.push(Customer, Invoice); // leaks here
  return { Customer, Invoice };
}

module.exports = { modelsFor };
