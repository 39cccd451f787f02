'use strict';

// Matchers for Jest 29 and 30: `setupFilesAfterEnv: ['heapwatch/jest']`.
const expect = globalThis.expect ?? require('@jest/globals').expect;

expect.extend(require('./lib/leak_test/matchers.js'));
