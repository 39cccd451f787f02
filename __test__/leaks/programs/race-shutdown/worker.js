'use strict';

const { stopping } = require('./stop.js');

/** Does jobs until the process is told to stop. */
async function runJob(job) {
  const handled = handle(job);
  const outcome = await Promise.race([handled, stopping]); // leaks here
  return outcome === 'stop' ? { job: job.id, done: false } : outcome;
}

async function handle(job) {
  const lines = job.lines.map((line) => ({ ...line, total: line.price * line.count }));
  await null;
  return { job: job.id, done: true, lines };
}

module.exports = { runJob };
