'use strict';

const express = require('express');
const session = require('express-session');

const app = express();

app.use(session({ secret: 'blue', resave: false, saveUninitialized: true })); // leaks here

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1;
  res.send(`visit ${req.session.visits}`);
});

module.exports = { app };
