/** The types of `heapwatch/test` and of what Jest loads, as programs use them: checked by `tsc`, never run. */

import TestEnvironment, { watched } from '../jest-environment.js';
import HeldFilesReporter = require('../jest-reporter.js');
import { assertCollected, assertNoLeak, countInstances, findLeaks } from '../test.js';
import type { HeapwatchMatchers, LeakError, LeakTestResult } from '../test.js';

export async function uses(matchers: HeapwatchMatchers): Promise<LeakTestResult> {
  const result = await findLeaks(async () => 7, { iterations: 230, allow: ['Session', /cache/] });
  await assertNoLeak((state: { id: number }) => state.id, {
    setup: () => ({ id: 7 }),
    teardown: ({ id }) => id,
    track: ['objects', 'timers'],
  });
  await assertNoLeak(function* () {
    yield 1;
  });
  await assertCollected(() => new Map());
  await assertCollected(new WeakRef({}));
  const count: number = await countInstances(Map);
  await matchers.toHaveInstances(count);
  await matchers.toLeak({ seed: 7 });
  // @ts-expect-error: no option of that name
  await findLeaks(() => {}, { iteration: 7 });
  // @ts-expect-error: an object is held by who passes it
  await assertCollected({});
  return result;
}

export function told(error: LeakError): string[] {
  return error.detail.leaks.map(({ class: ofClass, owner }) => `${ofClass} ${owner?.name ?? '?'}`);
}

export class Environment extends watched(TestEnvironment) {}

export function reporter(): Error | undefined {
  // @ts-expect-error: no option of that name
  new HeldFilesReporter({ rootDir: '/app' }, { fails: true });
  return new HeldFilesReporter({ rootDir: '/app' }, { fail: true }).getLastError();
}
