'use strict';

const express = require('express');

function reportRoutes(tenant) {
  const router = express.Router();
  router.get('/totals', (req, res) => res.json({ tenant, totals: [] }));
  return router;
}

module.exports = { reportRoutes };
