'use strict';

// As the package leakage does it: six HeapDiffs of thirty calls, with two collections before each.

const memwatch = require('../../memwatch.js');

const ROUNDS = 6;
const CALLS = 30;
const nothing = () => {};

const diffs = new Array(ROUNDS);
for (let round = 0; round < ROUNDS; round++) {
  memwatch.gc();
  memwatch.gc();
  const diff = new memwatch.HeapDiff();
  for (let call = 0; call < CALLS; call++) nothing();
  diffs[round] = diff.end();
}
for (const { change } of diffs) {
  console.log(JSON.stringify({ bytes: change.size_bytes, details: change.details }));
}
