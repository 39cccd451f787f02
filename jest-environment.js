'use strict';

// Jest's environment for Node, watched: `testEnvironment: 'heapwatch/jest-environment'`, with the
// reporter of `heapwatch/jest-reporter`. For another one: `watched(Environment)`.
const { watched } = require('./lib/leak_test/jest_environment.js');

const own = require.resolve('jest-environment-node', { paths: [__dirname, process.cwd()] });

const TestEnvironment = watched(require(own).TestEnvironment);

// As Jest's own environments are exported: it takes the default.
module.exports = { __esModule: true, default: TestEnvironment, TestEnvironment, watched };
