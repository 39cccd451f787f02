'use strict';

const { PassThrough, Writable } = require('node:stream');

/** Where all lines go; open as long as the process runs. */
const accessLog = new Writable({
  write(chunk, _encoding, done) {
    done();
  },
});
accessLog.setMaxListeners(0);

/** A stream of lines for one request. */
function requestLog(request) {
  const lines = new PassThrough();
  lines.request = request;
  lines.pipe(accessLog, { end: false }); // leaks here
  return lines;
}

module.exports = { requestLog };
