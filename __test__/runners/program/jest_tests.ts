import { expect, jest, test } from '@jest/globals';
import type {} from 'heapwatch/jest';

import { handle } from './sessions';

let id = 0;

/** With its type checks ts-jest keeps a compiler in the heap, and each count of that takes seconds. */
const timeout = 180_000;

test('handling a request leaks nothing', async () => {
  await expect(() => handle({ id: id++, user: 'ann' })).not.toLeak({ timeout });
}, 200_000);

enum Colour {
  Red,
  Green,
}

class Point {
  colour: Colour = Colour.Green;
}
const point = new Point();

test('instances are counted and collected objects are gone', async () => {
  await expect(Point).toHaveInstances(1);
  await expect(() => new Point()).toBeCollected();
  await expect(new WeakRef(point)).not.toBeCollected();
}, 200_000);

test('calls that a mock remembers are no leak, nor do fake timers stop the test', async () => {
  jest.useFakeTimers();
  const mock = jest.fn((value: object) => value);
  await expect(() => mock({ text: `call ${id++}` })).not.toLeak();
  jest.useRealTimers();
}, 200_000);
