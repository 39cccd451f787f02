'use strict';

const assert = require('node:assert/strict');
const { EventEmitter, getEventListeners } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const heapwatch = require('..');
const { resultsOf, runProgram } = require('./child_program.js');
const { temporaryFolder } = require('./temporary_folder.js');
const { MUST_WALK } = require('./where_walks_work.js');

/** As `done` is told for, in this order; short ones may be left out. */
const STAGES = ['nodes', 'edges', 'strings', 'dominators', 'classes'];

/** What another capture, and what runs between the two, may change at most. */
const ONE_CAPTURE = { nodeCount: 2_000, edgeCount: 10_000, totalSize: 400_000 };

const SEED = 20_240_611;

test('a capture counts what the file has that V8 writes of the same heap', async (t) => {
  const file = path.join(temporaryFolder(t), 'beside.heapsnapshot');
  const [result, aborted] = await resultsOf('capture_beside_v8.js', { args: [file] });

  await t.test('the file is read as JSON.parse reads it', () => {
    assert.deepEqual(result.opened, result.parsed);
  });
  await t.test('counts and sizes agree', () => {
    for (const [name, tolerance] of Object.entries(ONE_CAPTURE)) {
      const [captured, parsed] = [result.captured[name], result.parsed[name]];
      const difference = Math.abs(captured - parsed);
      assert.ok(difference <= tolerance, `${name}: ${captured} captured, ${parsed} in the file`);
    }
    assert.ok(result.captured.nodeCount > result.orders);
    assert.equal(result.ordersFound, result.orders);
  });
  await t.test('captureInfo tells how it was taken', () => {
    assert.equal(result.info.method, 'v8');
    assert.equal(result.info.takenAt, true);
    assert.ok(result.info.pauseMs > 0);
    assert.ok(result.info.durationMs > 0);
    assert.ok(result.info.memoryBytes > result.captured.nodeCount);
    assert.deepEqual(result.info.warnings, []);
    assert.deepEqual(
      { ...result.fileInfo, durationMs: 0, memoryBytes: 0 },
      {
        method: 'file',
        takenAt: null,
        pauseMs: null,
        durationMs: 0,
        memoryBytes: 0,
        warnings: [],
        walk: null,
        walkRefused: null,
      },
    );
  });
  await t.test('progress names the stages in order', () => {
    const told = result.progress.map((/** @type {any} */ { stage }) => STAGES.indexOf(stage));
    assert.ok(told.length > 0);
    assert.ok(!told.includes(-1), JSON.stringify(result.progress));
    assert.deepEqual(told, told.toSorted());
    assert.deepEqual([STAGES[told.at(0)], STAGES[told.at(-1)]], ['nodes', 'classes']);
    for (const { done } of result.progress) assert.ok(done >= 0 && done <= 1);
  });
  await t.test('a signal ends the analysis of a capture and the reading of a file', () => {
    assert.deepEqual(aborted, {
      capture: 'ERR_HEAPWATCH_CANCELLED',
      open: 'ERR_HEAPWATCH_CANCELLED',
    });
  });
});

test('a signal that is aborted already prevents the capture', async () => {
  const signal = AbortSignal.abort();
  await assert.rejects(heapwatch.capture({ method: 'v8', signal }), { code: 'ERR_HEAPWATCH_CANCELLED' });
});

test('a signal keeps no listener of a capture that has ended', async () => {
  const { signal } = new AbortController();
  (await heapwatch.capture({ method: 'v8', signal })).close();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('captures that run at the same time do not disturb each other', async () => {
  class TakenThreeTimes {}
  const held = Array.from({ length: 50 }, () => new TakenThreeTimes());
  const graphs = await Promise.all([1, 2, 3].map(() => heapwatch.capture({ method: 'v8' })));
  for (const graph of graphs) {
    const found = graph.classes({ filter: 'TakenThreeTimes' });
    assert.equal(found.find(({ name }) => name === 'TakenThreeTimes')?.count, held.length);
    graph.close();
  }
});

test('a worker captures its own heap, at the same time as the main thread', async () => {
  const [{ inWorker, inMain }] = await resultsOf('capture_in_worker.js');
  assert.deepEqual(inWorker, [7, 0]);
  assert.deepEqual(inMain, [0, 11]);
});

test('workers can be terminated at any moment', async (t) => {
  const file = path.join(temporaryFolder(t), 'any.heapsnapshot');
  require('node:v8').writeHeapSnapshot(file);
  t.diagnostic(`seed ${SEED}`);
  const [result] = await resultsOf('terminate_workers.js', { args: [file, String(SEED)] });
  assert.equal(result.ended, 20);
  assert.ok(result.nodes > 1000);
});

test('process.exit() during the work ends the process with its code', async (t) => {
  const file = path.join(temporaryFolder(t), 'any.heapsnapshot');
  require('node:v8').writeHeapSnapshot(file);
  for (const what of ['capture', 'open']) {
    const { code, stdout, stderr } = await runProgram('exit_during_work.js', { args: [what, file] });
    assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: '', stderr: '' }, what);
  }
});

test('captures leave no file and no file descriptor behind', async (t) => {
  const folder = temporaryFolder(t);
  const env = { TMPDIR: folder, TEMP: folder, TMP: folder };
  const [{ before, after, files }] = await resultsOf('capture_often.js', { env });
  assert.deepEqual(files, []);
  assert.equal(after, before);
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('a capture that would exceed a limit is refused, with the numbers', async (t) => {
  await t.test('maxPauseMs', async () => {
    await assert.rejects(heapwatch.capture({ method: 'v8', maxPauseMs: 0.001 }), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_LIMIT');
      assert.match(error.message, /maxPauseMs/);
      const { limit, maxPauseMs, pauseMs, heapBytes, memoryBytes, basis } = error.detail;
      assert.deepEqual({ limit, maxPauseMs }, { limit: 'pause', maxPauseMs: 0.001 });
      assert.ok(pauseMs > maxPauseMs && heapBytes > 0 && memoryBytes > heapBytes);
      assert.ok(['worst-case', 'measured'].includes(basis));
      return true;
    });
  });
  await t.test('maxMemoryBytes', async () => {
    const maxMemoryBytes = 1024;
    await assert.rejects(heapwatch.capture({ method: 'v8', maxMemoryBytes }), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_LIMIT');
      assert.match(error.message, /maxMemoryBytes/);
      assert.deepEqual(error.detail.limit, 'memory');
      assert.equal(error.detail.maxMemoryBytes, maxMemoryBytes);
      assert.ok(error.detail.memoryBytes > maxMemoryBytes);
      return true;
    });
  });
});

test('options of capture are refused by name', async () => {
  /** @type {[any, string][]} */
  const wrong = [
    [{ maxPause: 1 }, 'maxPause'],
    [{ method: 'fork' }, 'method'],
    [{ maxPauseMs: -1 }, 'maxPauseMs'],
    [{ maxPauseMs: NaN }, 'maxPauseMs'],
    [{ maxMemoryBytes: '1 GB' }, 'maxMemoryBytes'],
    [{ signal: {} }, 'signal'],
    [{ signal: new EventEmitter() }, 'signal'],
    [{ onProgress: 'yes' }, 'onProgress'],
    ['v8', 'options'],
    [null, 'options'],
    [[], 'options'],
  ];
  for (const [options, option] of wrong) {
    await assert.rejects(heapwatch.capture(options), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION', JSON.stringify(options));
      assert.equal(error.detail.option, option);
      assert.ok(error.message.includes(`'${option}'`), error.message);
      return true;
    });
  }
});

test('an option that is undefined has its default', async () => {
  const graph = await heapwatch.capture({ method: undefined, maxPauseMs: undefined });
  assert.equal(graph.captureInfo.method, MUST_WALK ? 'walk' : 'v8');
  graph.close();
});

test('the permission model without writing refuses a capture and names the flag', async () => {
  const [major] = process.versions.node.split('.').map(Number);
  const permission = major >= 22 ? '--permission' : '--experimental-permission';
  const [result] = await resultsOf('capture_denied.js', {
    nodeArgs: [permission, '--allow-fs-read=*', '--allow-addons', '--no-warnings'],
  });
  assert.equal(result.code, 'ERR_HEAPWATCH_CAPTURE');
  assert.match(result.message, /--allow-fs-write/);
  assert.equal(result.detail.cause, 'ERR_ACCESS_DENIED');
});

test('a process ends by itself after a capture', async () => {
  const { code, results } = await runProgram('capture_and_end.js');
  assert.equal(code, 0);
  assert.deepEqual(results, [{ captured: true, watching: true }]);
});
