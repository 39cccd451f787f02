'use strict';

const shutdown = new AbortController();

/** Looks something up, unless the process ends. */
async function lookup(name) {
  const local = new AbortController();
  const onShutdown = () => local.abort();
  shutdown.signal.addEventListener('abort', onShutdown, { signal: local.signal });
  try {
    await null;
    return `${name}.example`;
  } finally {
    local.abort();
  }
}

module.exports = { lookup };
