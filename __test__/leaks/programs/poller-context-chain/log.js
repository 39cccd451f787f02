'use strict';

const KEPT_LINES = 50;

const lines = [];

function log(span, text) {
  lines.push(`${span.name}: ${text}`);
  if (lines.length > KEPT_LINES) lines.shift();
}

module.exports = { log };
