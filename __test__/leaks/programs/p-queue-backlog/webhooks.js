'use strict';

const { default: PQueue } = require('p-queue');

/** Tells customers of changes, a few calls at a time. */
class Webhooks {
  constructor(post) {
    this.queue = new PQueue({ concurrency: 3 });
    this.post = post;
  }

  notify(customer, change) {
    const payload = JSON.stringify({ customer: customer.id, change });
    this.queue.add(() => this.post(customer.url, payload)); // leaks here
  }
}

module.exports = { Webhooks };
