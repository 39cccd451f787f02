'use strict';

let openPanel;
let next = 0;

module.exports = {
  about: 'reactions of mobx to a store that stays are never disposed',
  packages: ['mobx'],
  leaks: [{
    causes: ['known-owner', 'event-listeners', 'unbounded-collection'],
    owners: ['observers_', 'store', 'ObservableValue', 'title'],
  }],
  dose: 600,
  start() {
    ({ openPanel } = require('./panel.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) openPanel({ name: `user ${next++}`, rights: ['read'] });
  },
};
