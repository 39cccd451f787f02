'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const native = require('../lib/native.js');

const TYPES = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');

/**
 * @param {string} name of a type in index.d.ts that is one of several texts
 * @returns {string[]}
 */
function textsOf(name) {
  const declared = new RegExp(`export type ${name} =([^;]*);`).exec(TYPES);
  assert.ok(declared, `no type ${name}`);
  return [...declared[1].matchAll(/'([^']*)'/g)].map(([, text]) => text);
}

test('the types of nodes and references name the kinds that the engine knows', () => {
  assert.ok(native.nodeKinds().includes('closure') && native.edgeKinds().includes('weak'));
  assert.deepEqual(textsOf('NodeKind').sort(), native.nodeKinds().sort());
  assert.deepEqual(textsOf('EdgeKind').sort(), native.edgeKinds().sort());
});
