'use strict';

const express = require('express');

const { startReport } = require('./reports.js');

const app = express();

app.get('/reports/:id', (req, res) => {
  const report = startReport(req.params.id);
  // Who goes away doesn't need the report any more. But the connection serves more than one request.
  req.socket.on('close', () => report.cancel()); // leaks here
  res.json(report.rows);
});

module.exports = { app };
