'use strict';

// Leak tests for any test runner: `heapwatch/test`.
module.exports = require('./lib/leak_test/leak_test.js');
