'use strict';

const express = require('express');

const { charge } = require('./payments.js');

/** Requests that are being worked on, for the status page. */
const inFlight = new Map();
let lastId = 0;

const app = express();
app.use(express.json());

app.use((req, res, next) => {
  req.id = `req-${++lastId}`;
  inFlight.set(req.id, { url: req.url, body: req.body, headers: req.headers, startedAt: Date.now() }); // leaks here
  next();
});

app.post('/payments', async (req, res, next) => {
  try {
    const receipt = await charge(req.body);
    inFlight.delete(req.id);
    res.status(201).json(receipt);
  } catch (error) {
    next(error);
  }
});

app.get('/status', (req, res) => {
  inFlight.delete(req.id);
  res.json({ inFlight: inFlight.size });
});

app.use((error, req, res, _next) => {
  res.status(402).json({ error: error.message });
});

module.exports = { app };
