'use strict';

/** Aborted when the process is told to end. */
const shutdown = new AbortController();
require('node:events').setMaxListeners(0, shutdown.signal);

module.exports = { shutdown };
