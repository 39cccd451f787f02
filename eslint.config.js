'use strict';

const js = require('@eslint/js');
const globals = require('globals');

module.exports = [
  {
    ignores: ['target/', '**/out/', '__test__/leaks/programs/*/dist/', '.heapwatch-node/', 'fuzz/', '**/fixtures/'],
  },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: {
      ecmaVersion: 2023,
      sourceType: 'commonjs',
      globals: globals.node,
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      curly: ['error', 'multi-line'],
      eqeqeq: 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
      'no-var': 'error',
      'prefer-const': 'error',
      strict: ['error', 'global'],
    },
  },
  {
    // ES modules: the tests that import the package.
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: globals.node },
  },
  {
    // Programs with the mistakes that people make.
    files: ['__test__/leaks/programs/**', 'bench/leaking_applications/programs/**'],
    rules: { 'no-undef': 'off', 'no-useless-assignment': 'off', strict: 'off' },
  },
  {
    // A library is silent and never ends its host.
    files: ['index.js', 'lib/**/*.js'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'A library never ends its host.' },
      ],
    },
  },
];
