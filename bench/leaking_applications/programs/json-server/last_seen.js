'use strict';

const lastSeen = new Map();

/** Notes when a visitor was here, and what for. */
function noteVisitor(req, res, next) {
  const { visitor } = req.headers;
  lastSeen.set(visitor, { at: Date.now(), url: req.url, headers: req.headers, agents: [visitor] }); // leaks here
  next();
}

module.exports = { noteVisitor };
