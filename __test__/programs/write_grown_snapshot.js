'use strict';

/** Lets V8 write the heap of a process in which one of `leaks/` has grown. */

const v8 = require('node:v8');

const [leak, requests, file] = process.argv.slice(2);

const { grow } = require(`../leaks/${leak}.js`);
grow(Number(requests));
v8.writeHeapSnapshot(file);
