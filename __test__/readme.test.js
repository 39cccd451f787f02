'use strict';

/** Every JavaScript block of the README runs as it stands. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const ROOT = path.join(__dirname, '..');
const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]);

/** `require('heapwatch')` and `require('heapwatch/test')` find this package, as after an installation. */
const RESOLVE = `
  const Module = require('node:module');
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (name, ...rest) =>
    /^heapwatch(\\/\\w+)?$/.test(name)
      ? resolve(name.replace(/^heapwatch/, ${JSON.stringify(ROOT)}), ...rest)
      : resolve(name, ...rest);
`;

test('the README has JavaScript to run', () => {
  assert.ok(blocks.length >= 4, `${blocks.length} blocks`);
});

for (const [i, block] of blocks.entries()) {
  test(`block ${i + 1} of the README runs and ends by itself: ${block.split('\n')[2]}`, (t) => {
    const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'heapwatch-readme-'));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const preload = path.join(folder, 'resolve.js');
    const program = path.join(folder, 'readme.js');
    fs.writeFileSync(preload, RESOLVE);
    fs.writeFileSync(program, block);
    const { status, stderr, error } = spawnSync(process.execPath, ['-r', preload, program], {
      encoding: 'utf8',
      timeout: 60_000,
      cwd: folder,
    });
    if (error) throw error;
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  });
}

test('the block on growth between captures names the array and the line that fills it', (t) => {
  const block = blocks.find((text) => text.includes('heapwatch.diagnose('));
  assert.ok(block);
  const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'heapwatch-readme-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  fs.writeFileSync(path.join(folder, 'resolve.js'), RESOLVE);
  fs.writeFileSync(path.join(folder, 'readme.js'), block);
  const { stdout } = spawnSync(process.execPath, ['-r', './resolve.js', 'readme.js'], {
    encoding: 'utf8',
    timeout: 60_000,
    cwd: folder,
  });
  const line = block.split('\n').findIndex((text) => text.includes('kept.push')) + 1;
  assert.match(stdout, /'kept'/);
  assert.match(stdout, new RegExp(`line: ${line}\\b`));
});
