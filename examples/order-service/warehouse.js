'use strict';

const { EventEmitter } = require('node:events');

/** Orders leave the warehouse together, one lorry after the other. */
const LORRY_EVERY_MS = 500;

/** Says 'shipped' with a Shipment when a lorry leaves. */
const bus = new EventEmitter();
// Many orders wait at the same time, and each listens: the warning at more than ten is no help.
bus.setMaxListeners(0);

/** @typedef {{ at: Date, orderIds: Set<string> }} Shipment */

/** @type {Set<string>} */
let packed = new Set();

/** @param {string} orderId */
function pack(orderId) {
  packed.add(orderId);
}

function ship() {
  const shipment = { at: new Date(), orderIds: packed };
  packed = new Set();
  bus.emit('shipped', shipment);
}

setInterval(ship, LORRY_EVERY_MS).unref();

module.exports = { bus, pack };
