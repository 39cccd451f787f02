'use strict';

const anySignal = require('any-signal').anySignal ?? require('any-signal');

const { stop } = require('./stop.js');

/** Asks for a price, until the caller gives up or the process ends. */
async function price(sku, giveUp) {
  const signal = anySignal([stop.signal, giveUp]); // leaks here
  const answer = { sku, price: sku * 3, parts: [sku, sku + 1] };
  await null;
  if (signal.aborted) throw new Error('given up');
  return answer;
}

module.exports = { price };
