'use strict';

/** Prints the limit of memory that a watcher with the given options goes by. */

const heapwatch = require('../..');

const { limits } = heapwatch.watch(JSON.parse(process.argv[2])).status();
process.stdout.write(`${limits.memoryBytes}\n`);
