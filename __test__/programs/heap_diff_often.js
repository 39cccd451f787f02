'use strict';

// HeapDiffs one after the other, as many as the argument says.

const fs = require('node:fs');

const { HeapDiff } = require('../../memwatch.js');

const count = Number(process.argv[2]);

/** @param {number} rounds */
function repeat(rounds) {
  for (let i = 0; i < rounds; i++) new HeapDiff().end();
}

const openDescriptors = () =>
  fs.existsSync('/proc/self/fd') ? fs.readdirSync('/proc/self/fd').length : 0;

repeat(10);
const rss = process.memoryUsage.rss();
const descriptors = openDescriptors();
repeat(count);
console.log(
  JSON.stringify({
    rssGrowth: process.memoryUsage.rss() - rss,
    descriptors: openDescriptors() - descriptors,
  }),
);
