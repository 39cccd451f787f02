import type { HeapwatchMatchers } from './test.js';

declare module 'vitest' {
  interface Matchers<T = any> extends HeapwatchMatchers {}
}
