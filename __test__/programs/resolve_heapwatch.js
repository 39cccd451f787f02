'use strict';

// Loaded before a program: `require('heapwatch')` finds this package, as after an installation.

const Module = /** @type {any} */ (require('node:module'));
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
/** @type {Record<string, string>} */
const FILES = { heapwatch: 'index.js', 'heapwatch/memwatch': 'memwatch.js' };

const resolve = Module._resolveFilename;
/** @type {(name: string, ...rest: unknown[]) => string} */
Module._resolveFilename = (name, ...rest) =>
  Object.hasOwn(FILES, name) ? path.join(ROOT, FILES[name]) : resolve(name, ...rest);
