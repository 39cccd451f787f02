'use strict';

let Connection;

module.exports = {
  about: 'the interval of a connection is not cleared when it closes',
  leaks: [{ causes: ['timers'], owners: ['heartbeat', 'Timeout', 'TimersList', 'ping', 'setInterval'] }],
  dose: 1000,
  quick: true,
  start() {
    ({ Connection } = require('./connections.js'));
  },
  work(units) {
    for (let i = 0; i < units; i++) {
      const connection = new Connection(`device-${i % 40}`, () => {});
      for (let n = 0; n < 5; n++) connection.onMessage({ n, reading: i * n });
      connection.close();
    }
  },
};
