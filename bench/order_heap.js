'use strict';

/**
 * The heap that the benchmarks measure: the orders of a shop, held in a Map, as a service with a
 * cache would hold them. A mix on purpose, since what a node costs depends on what it is: instances
 * of a class, plain objects, arrays, strings, numbers on the heap, Maps, closures with a context,
 * and a linked list through everything. On request each order also refers to others, for a graph
 * with more edges a node. The same orders each time.
 */

const { seededRandom } = require('../__test__/seeded_random.js');

/**
 * Nodes that one order adds to a snapshot, its share of what several orders have in common
 * included; measured on Node 20.
 */
const NODES_PER_ORDER = 9.7;

/** An array of related orders and its elements. */
const NODES_PER_RELATED = 2;

/** Nodes of a snapshot of Node itself; 40 to 70 thousand by version. */
const NODES_OF_NODE = 50_000;

/** Every so many orders have one customer. */
const ORDERS_PER_CUSTOMER = 20;
/** Every so many orders have a listener. */
const ORDERS_PER_LISTENER = 8;
const PRODUCTS = 1000;
const TAX = 0.19;

/** Half of the related orders are among so many before; the others can be any. */
const NEAR = 1000;
const SEED = 11;

class Customer {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.email = `customer-${number}@example.com`;
    /** @type {Map<string, number>} */
    this.discounts = new Map([[`code-${number % 10}`, 5]]);
    /** @type {(() => string)[]} */
    this.listeners = [];
  }
}

class Order {
  /**
   * @param {number} number
   * @param {Customer} customer
   * @param {Order | null} previous
   */
  constructor(number, customer, previous) {
    this.number = number;
    this.customer = customer;
    this.previous = previous;
    this.total = number * (1 + TAX);
    this.tax = number * TAX;
    const product = `product-${number % PRODUCTS}`;
    this.items = [{ product, weight: number / 3, count: number % 7 }];
  }
}

/**
 * @param {number} count
 * @param {number} [related] orders that each order refers to besides
 * @returns {Map<string, Order>} the orders; the heap is theirs as long as the Map is held
 */
function makeOrders(count, related = 0) {
  const orders = new Map();
  let customer = new Customer(0);
  /** @type {Order | null} */
  let previous = null;
  for (let number = 1; number <= count; number += 1) {
    if (number % ORDERS_PER_CUSTOMER === 0) customer = new Customer(number);
    const order = new Order(number, customer, previous);
    if (number % ORDERS_PER_LISTENER === 0) {
      customer.listeners.push(() => `order ${order.number} is paid`);
    }
    orders.set(`order-${number}`, order);
    previous = order;
  }
  if (related > 0) relate([...orders.values()], related);
  return orders;
}

/**
 * @param {any[]} orders
 * @param {number} count
 */
function relate(orders, count) {
  const random = seededRandom(SEED);
  orders.forEach((order, at) => {
    order.related = Array.from({ length: count }, (_, i) => {
      const [start, length] = i % 2 === 0 ? [Math.max(0, at - NEAR), NEAR] : [0, orders.length];
      return orders[Math.min(orders.length - 1, start + Math.floor(random() * length))];
    });
  });
}

/**
 * @param {number} nodes how many a snapshot should have, about
 * @param {number} [related] as for `makeOrders`
 */
function ordersForNodes(nodes, related = 0) {
  const each = NODES_PER_ORDER + (related > 0 ? NODES_PER_RELATED : 0);
  return Math.max(1, Math.round((nodes - NODES_OF_NODE) / each));
}

module.exports = { makeOrders, ordersForNodes };
