'use strict';

const { Counter, Registry } = require('prom-client');
const { Subject } = require('rxjs');

const register = new Registry();
const orders = new Counter({
  name: 'orders_total', help: 'orders', labelNames: ['customer', 'state'], registers: [register],
});
const changes = new Subject();

/** Follows an order until it is delivered. */
function follow(order, notify) {
  const seen = { order, states: [] };
  changes.subscribe((change) => { // leaks here: subscriptions
    if (change.order !== order.id) return;
    seen.states.push(change.state);
    notify(order.customer, change.state);
  });
  orders.inc({ customer: order.customer, state: 'placed' }); // leaks here: labels
}

module.exports = { changes, follow };
