'use strict';

/** Where pipes have no path (Windows), a private temp file stands in. Here the pipe is refused. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { beforeEach, afterEach, test } = require('node:test');
const v8 = require('node:v8');

const heapwatch = require('..');
const native = require('../lib/native.js');

const { openCapturePipe } = native;
const { writeHeapSnapshot } = v8;

/** @type {string[]} */
let written = [];

beforeEach(() => {
  written = [];
  native.openCapturePipe = () => ({
    error: { code: 'ERR_HEAPWATCH_UNSUPPORTED', message: 'no pipes here', detail: '{}' },
  });
  v8.writeHeapSnapshot = (file, options) => {
    written.push(String(file));
    return writeHeapSnapshot(file, options);
  };
});

afterEach(() => {
  native.openCapturePipe = openCapturePipe;
  v8.writeHeapSnapshot = writeHeapSnapshot;
});

test('without a pipe the capture goes through a private file, which is gone afterwards', async () => {
  const capturing = heapwatch.capture({ method: 'v8' });
  const [file] = written;
  assert.equal(path.relative(os.tmpdir(), file).startsWith('..'), false, file);
  if (process.platform !== 'win32') {
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.equal(fs.statSync(path.dirname(file)).mode & 0o777, 0o700);
  }
  const graph = await capturing;
  assert.ok(graph.nodeCount > 10_000);
  assert.equal(graph.captureInfo.method, 'v8');
  assert.equal(typeof graph.captureInfo.pauseMs, 'number');
  assert.equal(fs.existsSync(path.dirname(file)), false);
  graph.close();
});

test('a capture that fails or is cancelled leaves no file', async () => {
  v8.writeHeapSnapshot = (file) => {
    written.push(String(file));
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  await assert.rejects(heapwatch.capture({ method: 'v8' }), { code: 'ERR_HEAPWATCH_CAPTURE' });
  v8.writeHeapSnapshot = (file) => {
    written.push(String(file));
    fs.writeFileSync(String(file), '{"snapshot":');
    return String(file);
  };
  await assert.rejects(heapwatch.capture({ method: 'v8' }), { code: 'ERR_HEAPWATCH_SNAPSHOT_TRUNCATED' });
  const controller = new AbortController();
  v8.writeHeapSnapshot = (file, options) => {
    written.push(String(file));
    controller.abort();
    return writeHeapSnapshot(file, options);
  };
  const cancelled = heapwatch.capture({ method: 'v8', signal: controller.signal });
  await assert.rejects(cancelled, { code: 'ERR_HEAPWATCH_CANCELLED' });
  assert.equal(written.length, 3);
  for (const file of written) assert.equal(fs.existsSync(path.dirname(file)), false, file);
});
