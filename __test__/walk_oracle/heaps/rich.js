'use strict';

/** The heap of the parity tests: objects of every kind, many times. */

const { makeObjects } = require('../../programs/heap_makers.js');

const ROUNDS = 40;

function plant() {
  return Array.from({ length: ROUNDS }, (_, round) => makeObjects(round));
}

module.exports = { plant };
