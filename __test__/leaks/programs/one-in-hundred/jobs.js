'use strict';

const { store } = require('./store.js');

/** Jobs that run, by id. */
const running = new Map();

function run(job) {
  const work = { job, result: null, steps: [] };
  running.set(job.id, work); // leaks here
  for (const step of job.steps) {
    const done = store(step);
    if (done === null) return null; // The id stays: only the end of this function removes it.
    work.steps.push(done);
  }
  running.delete(job.id);
  return work.steps;
}

module.exports = { run };
