'use strict';

const { setMaxListeners } = require('node:events');

/** Aborted when the process is told to end. */
const stop = new AbortController();
setMaxListeners(0, stop.signal);

module.exports = { stop };
