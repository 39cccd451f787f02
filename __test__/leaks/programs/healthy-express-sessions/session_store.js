'use strict';

const { Store } = require('express-session');

/** Sessions end after so many requests of others: a lifetime that needs no clock. */
const LIFETIME = 400;

class SessionStore extends Store {
  constructor() {
    super();
    this.sessions = new Map();
    this.requests = 0;
  }

  get(id, callback) {
    this.requests++;
    this.#expire();
    callback(null, this.sessions.get(id)?.data ?? null);
  }

  set(id, data, callback) {
    this.requests++;
    this.sessions.delete(id);
    this.sessions.set(id, { data, usedAt: this.requests });
    this.#expire();
    callback?.(null);
  }

  destroy(id, callback) {
    this.sessions.delete(id);
    callback?.(null);
  }

  #expire() {
    for (const [id, { usedAt }] of this.sessions) {
      if (this.requests - usedAt < LIFETIME) break;
      this.sessions.delete(id);
    }
  }
}

module.exports = { SessionStore };
