'use strict';

const { bus } = require('./bus.js');

/** Confirms an order, and tells the customer when it is shipped. */
function placeOrder(request) {
  const order = { id: request.id, lines: request.lines, placedAt: Date.now() };
  bus.on('shipped', (id) => { // leaks here
    if (id === order.id) request.notify(`order ${id} is on its way`);
  });
  bus.emit('placed', order);
  return order;
}

module.exports = { placeOrder };
