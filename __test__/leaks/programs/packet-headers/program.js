'use strict';

let log;

module.exports = {
  about: 'a header of 16 bytes is a view that keeps its packet of 16 KB',
  leaks: [{ causes: ['buffer-views'], owners: ['headers', 'CaptureLog'] }],
  dose: 600,
  quick: true,
  start() {
    const { CaptureLog } = require('./capture_log.js');
    log = new CaptureLog();
  },
  work(units) {
    for (let i = 0; i < units; i++) log.onPacket(Buffer.alloc(16 * 1024, i % 256));
  },
};
