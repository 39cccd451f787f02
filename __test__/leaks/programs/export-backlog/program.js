'use strict';

const { Warehouse } = require('./warehouse.js');

let queue;
let warehouse;
let next = 0;

module.exports = {
  about: 'three rows come in for each that is written: a backlog',
  leaks: [{ causes: ['backlog'], owners: ['#rows', 'queue', 'WriteQueue'] }],
  dose: 4500,
  quick: true,
  start() {
    const { WriteQueue } = require('./queue.js');
    warehouse = new Warehouse();
    queue = new WriteQueue((row) => warehouse.write(row));
  },
  async work(units) {
    for (let i = 0; i < units; i++) {
      queue.enqueue({ id: next++, columns: [`row ${i}`, i, i * 2] });
      if (i % 3 === 0) await warehouse.finishWrite();
    }
  },
};
