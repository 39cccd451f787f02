'use strict';

/** Mails wait here while the server is slow, and go when it is fast again. */
class MailQueue {
  #waiting = [];

  add(mail) {
    this.#waiting.push(mail);
  }

  send(count) {
    return this.#waiting.splice(0, count).length;
  }
}

module.exports = { MailQueue };
