'use strict';

const LIFETIME_MS = 24 * 60 * 60 * 1000;

const sessions = new Map();

function login(user, device) {
  const session = { user, device, basket: [], openedAt: Date.now() };
  sessions.set(user, session);
  // A user who logs in again gets a new session. The old one waits for its end.
  setTimeout(() => { // leaks here
    if (sessions.get(session.user) === session) sessions.delete(session.user);
  }, LIFETIME_MS).unref();
  return session;
}

module.exports = { login };
