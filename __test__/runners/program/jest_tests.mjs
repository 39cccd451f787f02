import { expect, jest, test } from '@jest/globals';

import { handle } from './sessions.mjs';

let id = 0;

test('handling a request leaks nothing', async () => {
  await expect(() => handle({ id: id++, user: 'ann' })).not.toLeak();
}, 90_000);

test('a module that is loaded late is no leak', async () => {
  await expect(() => import('./sessions.mjs')).not.toLeak();
}, 90_000);

test('calls that a mock remembers are no leak, nor do fake timers stop the test', async () => {
  jest.useFakeTimers();
  const mock = jest.fn((value) => value);
  await expect(() => mock({ text: `call ${id++}` })).not.toLeak();
  jest.useRealTimers();
}, 90_000);
