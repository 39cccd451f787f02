// Matchers for Vitest: `setupFiles: ['heapwatch/vitest']`.
import { expect } from 'vitest';

import matchers from './lib/leak_test/matchers.js';

expect.extend(matchers);
