'use strict';

const initSqlJs = require('sql.js');

/** Customers in a database in memory. */
class Customers {
  static async open() {
    const { Database } = await initSqlJs();
    const db = new Database();
    db.run('CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)');
    db.run("INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob')");
    return new Customers(db);
  }

  constructor(db) {
    this.db = db;
  }

  nameOf(id) {
    const statement = this.db.prepare('SELECT name FROM customer WHERE id = ?'); // leaks here
    statement.bind([id]);
    return statement.step() ? statement.get()[0] : null;
  }
}

module.exports = { Customers };
