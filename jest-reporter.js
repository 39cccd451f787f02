'use strict';

// Names test files that leak: `reporters: ['default', 'heapwatch/jest-reporter']`, with the environment
// of `heapwatch/jest-environment`.
module.exports = require('./lib/leak_test/jest_reporter.js').HeldFilesReporter;
