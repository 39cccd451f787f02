'use strict';

const crypto = require('node:crypto');

/** Digests of the events seen, so that none is handled twice. */
const seen = new Map();

/** Whether an event is new. Most are not for us; those are not noted. */
function isNew(event) {
  const body = Buffer.from(JSON.stringify(event));
  if (!event.isOurs) return false;
  const key = crypto.createHash('md5').update(body).digest('hex');
  if (seen.has(key)) return false;
  seen.set(key, body.subarray(0, 8)); // leaks here
  return true;
}

module.exports = { isNew };
