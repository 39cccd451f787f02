'use strict';

/** What went wrong since the start, for the health page. */
const health = { done: 0, failures: [] };

async function run(job) {
  try {
    await job.handler(job);
    health.done++;
  } catch (cause) {
    const error = new Error(`job ${job.id} failed`, { cause });
    error.job = job;
    health.failures.push(error); // leaks here
  }
}

const lastFailure = () => health.failures.at(-1)?.message;

module.exports = { lastFailure, run };
