'use strict';

const { store } = require('./store.js');

/** Sends the state to one visitor whenever it changes. */
function attach(visitor) {
  const sent = [];
  store.subscribe(() => { // leaks here
    const { orders } = store.getState();
    if (visitor.isOpen && orders > 0) sent.push(orders);
  });
  return () => (visitor.isOpen = false);
}

module.exports = { attach };
