'use strict';

const { EventEmitter } = require('node:events');

/** What happens to orders, for all who want to know. */
const bus = new EventEmitter();
bus.setMaxListeners(0);

module.exports = { bus };
