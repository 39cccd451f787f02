'use strict';

// Nothing but variables of this function holds the objects, and the event loop has not turned yet.

const { HeapDiff } = require('../../memwatch.js');

class Ticket {}

const diff = new HeapDiff();
const tickets = Array.from({ length: 20_000 }, () => new Ticket());
const { change } = diff.end();
const { '+': allocated, '-': freed } =
  /** @type {any} */ (change.details.find(({ what }) => what === 'Ticket'));
console.log(JSON.stringify({ allocated, freed }));
if (tickets.length === 0) console.log('{}');
