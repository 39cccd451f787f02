'use strict';

const { EventEmitter } = require('node:events');

/** Prices as they change. */
class PriceFeed extends EventEmitter {
  tick(symbol, price) {
    this.emit('price', { symbol, price });
  }
}

const feed = new PriceFeed();
feed.setMaxListeners(0);

module.exports = { feed };
