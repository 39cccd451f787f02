'use strict';

const express = require('express');
const session = require('express-session');

const { SessionStore } = require('./session_store.js');

function createApp() {
  const app = express();
  app.use(session({ secret: 'keep', resave: false, saveUninitialized: true, store: new SessionStore() }));
  app.get('/basket', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1;
    res.json({ visits: req.session.visits });
  });
  return app;
}

module.exports = { createApp };
