'use strict';

const { EventEmitter, once } = require('node:events');

/** Emits `approved:<id>` when a moderator has approved an upload. */
const moderation = new EventEmitter();

async function publish(upload) {
  const preview = Buffer.alloc(512, upload.id % 256).toString('base64');
  moderation.emit('waiting', upload.id);
  await once(moderation, `approved:${upload.id}`); // leaks here
  return { id: upload.id, author: upload.author, preview };
}

module.exports = { moderation, publish };
