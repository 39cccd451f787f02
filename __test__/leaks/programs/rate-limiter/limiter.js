'use strict';

const LIMIT = 100;
const WINDOW_MS = 60_000;

/** Requests by address. */
const windows = {};

function isAllowed(address, now) {
  const window = windows[address];
  if (window === undefined || now - window.startedAt > WINDOW_MS) {
    windows[address] = { startedAt: now, count: 1, refused: [] }; // leaks here
    return true;
  }
  window.count++;
  if (window.count > LIMIT) window.refused.push(now);
  return window.count <= LIMIT;
}

module.exports = { isAllowed };
