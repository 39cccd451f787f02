'use strict';

/** The part of the corpus that is quick: `node __test__/leaks/run.js` runs all of it. */

const assert = require('node:assert/strict');
const test = require('node:test');

const { runCorpus } = require('./leaks/run.js');
const { MUST_WALK } = require('./where_walks_work.js');

const METHODS = MUST_WALK ? ['v8', 'walk'] : ['v8'];

for (const method of METHODS) {
  test(`programs that leak are diagnosed no worse than before, method ${method}`, async () => {
    assert.equal(await runCorpus({ quick: true, method }), 0);
  });
}
