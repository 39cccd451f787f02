'use strict';

const { legacy_createStore: createStore } = require('redux');

const store = createStore((state = { orders: 0 }, action) =>
  action.type === 'ordered' ? { orders: state.orders + 1 } : state,
);

module.exports = { store };
