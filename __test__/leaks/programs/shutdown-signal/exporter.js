'use strict';

const { shutdown } = require('./shutdown.js');

/** Exports the rows of one tenant; the export ends early if the process is told to end. */
async function exportTenant(tenant, rows, write) {
  const state = { tenant, written: 0, chunk: [] };
  shutdown.signal.addEventListener('abort', () => { // leaks here
    write(`${state.tenant}: stopped after ${state.written}`, state.chunk);
  });
  for (const row of rows) {
    if (shutdown.signal.aborted) return state.written;
    state.chunk.push(JSON.stringify(row));
    state.written++;
  }
  write(state.tenant, state.chunk);
  return state.written;
}

module.exports = { exportTenant };
