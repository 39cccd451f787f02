'use strict';

const { EventEmitter } = require('node:events');

const network = new EventEmitter();
network.setMaxListeners(0);

/** Reads a file in parts; if the network goes, the download rests. */
async function download(file) {
  const state = { file, parts: [], isResting: false };
  const onOffline = () => (state.isResting = true);
  network.on('offline', onOffline);
  try {
    for (let part = 0; part < 3; part++) {
      await null;
      state.parts.push(`${file}#${part}`);
    }
    return state.parts;
  } finally {
    network.off('offline', onOffline);
  }
}

module.exports = { download, network };
