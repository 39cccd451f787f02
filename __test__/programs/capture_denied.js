'use strict';

/** Captures under the permission model. */

const heapwatch = require('../..');

heapwatch.capture({ method: 'v8' }).then(
  () => process.stdout.write('{"captured":true}\n'),
  ({ code, message, detail }) =>
    process.stdout.write(`${JSON.stringify({ code, message, detail })}\n`),
);
