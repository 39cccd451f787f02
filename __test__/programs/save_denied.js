'use strict';

/** Saves the file that is its first argument as its second and tells the error. */

const heapwatch = require('../..');

const [source, target] = process.argv.slice(2);
heapwatch
  .open(source)
  .then((graph) => graph.save(target))
  .catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
