'use strict';

let stop;

/** Settles when the process is told to stop. */
const stopping = new Promise((resolve) => (stop = () => resolve('stop')));

module.exports = { stopping, stop: () => stop() };
