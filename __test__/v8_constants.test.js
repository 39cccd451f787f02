'use strict';

/** What the walk was written for is what this Node says of itself: `scripts/v8-constants.js`. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { constantsText } = require('../scripts/v8-constants.js');
const { temporaryFolder } = require('./temporary_folder.js');
const { MUST_WALK } = require('./where_walks_work.js');

const TESTDATA = path.join(__dirname, '../crates/capture/src/v8_layout/testdata');

test('the constants in this binary are those that detection is tested with', (t) => {
  if (!MUST_WALK) return t.skip('the walk is not for this platform');
  const [major, minor] = process.versions.v8.split('.');
  const expected = path.join(TESTDATA, `v${major}.${minor}.txt`);
  if (!fs.existsSync(expected)) return t.skip(`V8 ${major}.${minor} is not known`);
  assert.equal(constantsText(process.execPath), fs.readFileSync(expected, 'utf8'));
});

test('what is no binary is refused', (t) => {
  const file = path.join(temporaryFolder(t), 'text');
  fs.writeFileSync(file, 'not an ELF file');
  assert.throws(() => constantsText(file), /no ELF file/);
});
