'use strict';

let exportTenant;
let next = 0;

module.exports = {
  about: 'each export adds a listener to the AbortSignal of the process and never removes it',
  leaks: [{ causes: ['event-target-listeners'], owners: ['signal', 'AbortSignal', 'shutdown'] }],
  dose: 800,
  quick: true,
  start() {
    ({ exportTenant } = require('./exporter.js'));
  },
  async work(units) {
    const rows = Array.from({ length: 10 }, (_, id) => ({ id, paid: id % 2 === 0 }));
    for (let i = 0; i < units; i++) await exportTenant(`tenant-${next++}`, rows, () => {});
  },
};
