import type { HeapwatchMatchers } from './test.js';

declare global {
  namespace jest {
    interface Matchers<R, T = {}> extends HeapwatchMatchers {}
  }
}

// `import { expect } from '@jest/globals'`.
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends HeapwatchMatchers {}
}
