'use strict';

/** Every JavaScript block of the page on migration runs as it stands. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const { runProgram } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');

const PAGE = path.join(__dirname, '..', 'docs', 'MIGRATION.md');
const blocks = [...fs.readFileSync(PAGE, 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(([, text]) => text);

/** What each block prints. */
const PRINTED = [
  /^[\d.]+ -?[\d.]+\n$/,
  /^[\d.]+ mb -> [\d.]+ mb, \d{4,} new objects\n$/,
  /^\d+ bytes in 3 arrays\n$/,
  /orders/,
];

test('the page has as many blocks as are known here', () => {
  assert.equal(blocks.length, PRINTED.length);
});

for (const [i, block] of blocks.entries()) {
  test(`block ${i + 1} of the page runs and ends by itself`, async (t) => {
    const program = path.join(temporaryFolder(t), 'block.js');
    fs.writeFileSync(program, block);
    const nodeArgs = ['-r', path.join(__dirname, 'programs', 'resolve_heapwatch.js')];
    const { code, stdout, stderr } = await runProgram(program, { nodeArgs });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, PRINTED[i]);
  });
}
