'use strict';

const { audit } = require('./audit.js');

/** Orders that are being packed, by number. */
const open = new Map();

function accept(number, lines) {
  const order = { number, lines, notes: new Array(20).fill('-') };
  open.set(number, order); // leaks here: open
  audit(order, 'accepted');
  return order;
}

function pack(number) {
  const order = open.get(number);
  audit(order, 'packed');
  if (order.lines.every((line) => line.count > 0)) open.delete(number);
}

module.exports = { accept, pack };
