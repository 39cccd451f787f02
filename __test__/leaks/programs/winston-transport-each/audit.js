'use strict';

const { Writable } = require('node:stream');
const winston = require('winston');

const logger = winston.createLogger({ transports: [] });
logger.setMaxListeners(0);

/** Lines about one user also go to the file of the user. */
function auditUser(user, action) {
  const lines = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      if (lines.length < 3) lines.push(String(line));
      done();
    },
  });
  logger.add(new winston.transports.Stream({ stream })); // leaks here
  logger.info(action, { user });
}

module.exports = { auditUser };
