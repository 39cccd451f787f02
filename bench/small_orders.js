'use strict';

/**
 * A heap of many small objects, as a service that keeps its orders has them, and the service's work:
 * orders that come and go. Each order is five objects of the heap, 184 bytes with its place in the
 * list: itself, its name, the list of items with its elements, and an item.
 */

const OBJECTS_PER_ORDER = 5;

/** Every so many milliseconds orders are replaced: as much garbage, which V8 has to collect. */
const REPLACED_EVERY_MS = 10;
/** 30,000 a second, 5 MB of new objects that live long. */
const REPLACED_AT_ONCE = 300;

class Order {
  /** @param {number} id */
  constructor(id) {
    this.id = id;
    this.name = `order-${id}`;
    this.items = [id, { sku: id }];
  }
}

/** @param {number} objects how many the heap shall have more, about */
function makeSmallOrders(objects) {
  return Array.from({ length: Math.ceil(objects / OBJECTS_PER_ORDER) }, (_, id) => new Order(id));
}

/**
 * Replaces orders, oldest first and again from the start, for as long as the process has something
 * else to do.
 *
 * @param {Order[]} orders
 */
function keepReplacing(orders) {
  let next = 0;
  setInterval(() => {
    for (let i = 0; i < REPLACED_AT_ONCE; i += 1) {
      orders[next] = new Order(next);
      next = (next + 1) % orders.length;
    }
  }, REPLACED_EVERY_MS).unref();
}

module.exports = { Order, keepReplacing, makeSmallOrders };
