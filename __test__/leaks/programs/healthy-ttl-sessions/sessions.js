'use strict';

const LIFETIME = 60_000;

/** Sessions that end a minute after their last use, by the clock that is given. */
class Sessions {
  #byToken = new Map();

  use(token, now) {
    this.#sweep(now);
    const session = this.#byToken.get(token) ?? { token, startedAt: now, pages: [] };
    session.usedAt = now;
    session.pages.push(now % 7);
    this.#byToken.delete(token);
    this.#byToken.set(token, session);
    return session;
  }

  #sweep(now) {
    for (const [token, { usedAt }] of this.#byToken) {
      if (now - usedAt < LIFETIME) break;
      this.#byToken.delete(token);
    }
  }
}

module.exports = { Sessions };
