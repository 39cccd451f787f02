'use strict';

const { EventEmitter } = require('node:events');

const bus = new EventEmitter();
bus.setMaxListeners(0);

/** @param {number} requests */
function grow(requests) {
  for (let i = 0; i < requests; i++) {
    const request = { number: i, body: new Array(8).fill(i) };
    // At fault: the next line.
    bus.on('shipped', () => request.number);
  }
}

module.exports = { bus, grow };
