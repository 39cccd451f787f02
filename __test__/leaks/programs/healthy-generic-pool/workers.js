'use strict';

const { createPool } = require('generic-pool');

const factory = {
  create: async () => ({ jobs: 0, scratch: new Float64Array(2000) }),
  destroy: async () => {},
};

const pool = createPool(factory, { min: 0, max: 10, testOnBorrow: false });

/** Runs a job in a borrowed place of work, which is given back in any case. */
const run = (job) => pool.use(async (worker) => {
  worker.jobs++;
  if (job % 5 === 0) throw new Error('bad job');
  return worker.scratch.length;
});

module.exports = { run };
