'use strict';

const express = require('express');

const { reportRoutes } = require('./reports.js');

const app = express();

app.get('/tenants/:tenant/report', (req, res, next) => {
  // The routes of a tenant, made when they are asked for.
  app.use(`/tenants/${req.params.tenant}`, reportRoutes(req.params.tenant)); // leaks here
  next();
});

app.use((req, res) => res.status(404).end());

module.exports = { app };
