'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const v8 = require('node:v8');

const heapwatch = require('..');
const { analyzeWithDevTools } = require('./parity/devtools_analysis.js');
const { temporaryFolder } = require('./temporary_folder.js');

test("DevTools' engine says the same of a snapshot and of what save() makes of it", async (t) => {
  const folder = temporaryFolder(t);
  const file = (/** @type {string} */ name) => path.join(folder, `${name}.heapsnapshot`);
  v8.writeHeapSnapshot(file('original'));
  const graph = await heapwatch.open(file('original'));
  await graph.save(file('keep'));
  await graph.save(file('blank'), { strings: 'blank' });
  graph.close();
  const original = await analyzeWithDevTools(file('original'));
  for (const name of ['keep', 'blank']) {
    const saved = await analyzeWithDevTools(file(name));
    for (const column of /** @type {const} */ (['id', 'dominator', 'retained', 'shallow', 'distance'])) {
      const same = Buffer.from(saved[column].buffer).equals(Buffer.from(original[column].buffer));
      assert.ok(same, `${name}: ${column}`);
    }
    assert.deepEqual(saved.classes, original.classes);
  }
});
