'use strict';

const DataLoader = require('dataloader');

const { usersById } = require('./database.js');

/** Loads users in batches. */
const users = new DataLoader((ids) => usersById(ids)); // leaks here

module.exports = { users };
