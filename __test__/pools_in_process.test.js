'use strict';

/** Real memory of each pool, leaked under real collections: the right pool is told, and no other. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { resultsOf } = require('./child_program.js');

/** @param {string} pool */
async function leakIn(pool) {
  const nodeArgs = ['--max-old-space-size=512'];
  const [{ told }] = await resultsOf('leak_in_pool.js', { args: [pool], nodeArgs });
  return told;
}

for (const pool of ['js-heap', 'array-buffers', 'external', 'contexts']) {
  test(`a leak in ${pool} is told of ${pool}`, async () => {
    const told = await leakIn(pool);
    const last = told.at(-1);
    assert.deepEqual([last?.event, last?.pool, last?.verdict], ['leak', pool, pool], JSON.stringify(told));
    const others = told.filter((/** @type {any} */ one) => one.pool !== pool);
    assert.deepEqual(others, []);
  });
}

test('where nothing leaks nothing is told', async () => {
  assert.deepEqual(await leakIn('none'), []);
});

test("a worker's leak is told of the worker by the main thread, and of its heap by the worker", async () => {
  const [leaking] = await resultsOf('leak_in_worker.js', { args: ['leak'] });
  assert.deepEqual([leaking.main, leaking.worker], ['worker', 'js-heap'], JSON.stringify(leaking));
  const [healthy] = await resultsOf('leak_in_worker.js', { args: ['none'] });
  assert.ok(healthy.main !== 'worker' && healthy.worker !== 'js-heap', JSON.stringify(healthy));
});
