'use strict';

class Session {
  /** @type {Session[]} */
  static opened = [];

  /** @param {number} user */
  constructor(user) {
    this.user = user;
    this.cart = { lines: [user] };
    // At fault: the next line.
    Session.opened.push(this);
  }
}

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) new Session(i);
}

module.exports = { grow };
