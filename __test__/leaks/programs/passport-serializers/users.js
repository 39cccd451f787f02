'use strict';

const passport = require('passport');

const signIn = (id) => ({ id, name: `user ${id}` });

module.exports = { passport, signIn };
