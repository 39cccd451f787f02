'use strict';

const express = require('express');

const { passport, signIn } = require('./users.js');

const app = express();

app.use((req, res, next) => {
  const tenant = { name: req.headers.tenant, rights: ['read', 'write'] };
  passport.serializeUser((user, done) => done(null, `${tenant.name}:${user.id}`)); // leaks here
  next();
});

app.use(passport.initialize());

app.get('/me', (req, res) => res.json(signIn(req.headers.user)));

module.exports = { app };
