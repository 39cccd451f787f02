'use strict';

let attach;
let store;
let next = 0;

module.exports = {
  about: 'each visitor subscribes to the store, and detaching does not unsubscribe',
  packages: ['redux'],
  leaks: [{
    causes: ['known-owner', 'event-listeners', 'unbounded-collection'],
    owners: ['currentListeners', 'nextListeners', 'listeners', 'store'],
  }],
  dose: 1500,
  start() {
    ({ attach } = require('./sockets.js'));
    ({ store } = require('./store.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const detach = attach({ id: next++, isOpen: true, page: { path: `/p/${i % 9}` } });
      detach();
      if (i % 300 === 0) store.dispatch({ type: 'ordered' });
    }
  },
};
