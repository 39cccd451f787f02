'use strict';

const { EventEmitter } = require('node:events');
const express = require('express');

const { Recommendations } = require('./recommendations.js');

const config = new EventEmitter();
config.setMaxListeners(0);

const recommendations = new Recommendations();
const app = express();

app.use((req, res, next) => {
  req.settings = { currency: 'EUR', features: ['a', 'b'], path: req.path };
  config.on('changed', (values) => Object.assign(req.settings, values)); // leaks here: listeners
  next();
});

app.get('/products/:id', (req, res) => {
  res.json({ id: req.params.id, also: recommendations.for(req.query.visitor, req.params.id) });
});

module.exports = { app };
