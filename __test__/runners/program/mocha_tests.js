'use strict';

/* global describe, it */

const { assertNoLeak } = require('heapwatch/test');

const { handle } = require('./sessions.js');

let id = 0;

describe('handling a request', () => {
  it('leaks nothing', async () => {
    await assertNoLeak(() => handle({ id: id++, user: 'ann' }));
  }).timeout(90_000);
});
