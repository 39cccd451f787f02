'use strict';

const test = require('node:test');
const { assertNoLeak } = require('heapwatch/test');

const { handle } = require('./sessions.js');

let id = 0;

test('handling a request leaks nothing', async () => {
  await assertNoLeak(() => handle({ id: id++, user: 'ann' }));
});

test('calls that a mock remembers are no leak, nor do fake timers stop the test', async (t) => {
  t.mock.timers.enable();
  const mock = t.mock.fn((value) => value);
  await assertNoLeak(() => mock({ text: `call ${id++}` }));
});
