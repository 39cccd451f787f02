'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');

const heapwatch = require('..');
const { resultsOf } = require('./child_program.js');
const { lineOf } = require('./source_line.js');
const { temporaryFolder } = require('./temporary_folder.js');
const { MUST_WALK } = require('./where_walks_work.js');

/** @typedef {import('..').HeapGraph} HeapGraph */
/** @typedef {import('..').LeakReport} LeakReport */

/** Requests between captures: a few hundred kilobytes of each leak. */
const REQUESTS = 4000;

/** @param {string} leak */
const fileOf = (leak) => path.join(__dirname, 'leaks', `${leak}.js`);

/** @param {string} leak */
const faultyLine = (leak) => lineOf(fileOf(leak), 'At fault: the next line.') + 1;

/**
 * Captures with growth before each.
 *
 * @param {string} leak
 * @param {(graphs: HeapGraph[]) => Promise<LeakReport>} [compare]
 * @param {'v8' | 'walk'} [method]
 */
async function diagnosed(leak, compare = heapwatch.diagnose, method = 'v8') {
  const { grow } = require(fileOf(leak));
  /** @type {HeapGraph[]} */
  const graphs = [];
  try {
    for (let i = 0; i < 3; i++) {
      grow(REQUESTS);
      graphs.push(await heapwatch.capture({ method }));
    }
    return await compare(graphs);
  } finally {
    for (const graph of graphs) graph.close();
    forget(fileOf(leak));
  }
}

/**
 * Lets go of a module and what it holds: every capture is as slow as the heap is large.
 *
 * @param {string} file
 */
function forget(file) {
  const self = /** @type {NodeModule} */ (require.cache[__filename]);
  self.children = self.children.filter((child) => child.filename !== file);
  delete require.cache[file];
  heapwatch.gc();
}

/** @type {{ leak: string, owner: string, holder: string, leaked: string | RegExp, cause: string }[]} */
const LEAKS = [
  { leak: 'emitter_listeners', owner: 'module.exports.bus._events.shipped', holder: 'Array',
    leaked: '(anonymous function)', cause: 'event-listeners' },
  { leak: 'module_map', owner: 'receipts', holder: 'Map',
    leaked: /^\{.*printed.*\}$/, cause: 'unbounded-collection' },
  { leak: 'array_of_instances', owner: 'history', holder: 'Array',
    leaked: 'Job', cause: 'unbounded-collection' },
  { leak: 'module_set', owner: 'visitors', holder: 'Set',
    leaked: '{address}', cause: 'unbounded-collection' },
  { leak: 'dictionary', owner: 'byToken', holder: 'Object',
    leaked: /^(\(string\)|Object|\{.*number.*\})$/, cause: 'unbounded-collection' },
  { leak: 'instance_property', owner: 'module.exports.log.records', holder: 'Array',
    leaked: /^\{.*action.*\}$/, cause: 'unbounded-collection' },
  { leak: 'shared_context', owner: 'handlers', holder: 'Array',
    leaked: '(anonymous function)', cause: 'unbounded-collection' },
  { leak: 'class_static', owner: 'Session.opened', holder: 'Array',
    leaked: 'Session', cause: 'unbounded-collection' },
  { leak: 'buffer_list', owner: 'chunks', holder: 'Array',
    leaked: 'Buffer', cause: 'unbounded-collection' },
];

/** @type {('v8' | 'walk')[]} */
const METHODS = MUST_WALK ? ['v8', 'walk'] : ['v8'];

for (const method of METHODS) {
  for (const { leak, owner, holder, leaked, cause } of LEAKS) {
    test(`the first suspect is the planted leak: ${leak}, method ${method}`, async () => {
      const report = await diagnosed(leak, heapwatch.diagnose, method);
      const [suspect, ...others] = report.suspects;
      assert.ok(suspect, JSON.stringify(report));
      assert.deepEqual([suspect.owner.name, suspect.owner.class], [owner, holder]);
      if (typeof leaked === 'string') assert.equal(suspect.class, leaked);
      else assert.match(suspect.class, leaked);
      assert.equal(suspect.cause, cause);
      const [{ url, line }] = suspect.locations;
      assert.deepEqual({ url, line }, { url: fileOf(leak), line: faultyLine(leak) });
      assertCount(suspect.count, 3 * REQUESTS, method);
      assertCount(suspect.countGrowth, 2 * REQUESTS, method);
      for (const other of others) assert.equal(other.owner.name, owner);
      assertSound(report, method);
    });
  }
}

/**
 * A walk takes the stack's words for references: what one of them leads to is not the owner's alone.
 *
 * @param {number} count
 * @param {number} expected
 * @param {'v8' | 'walk'} method
 */
function assertCount(count, expected, method) {
  const heldByStack = method === 'walk' ? 2 : 0;
  assert.ok(Math.abs(count - expected) <= heldByStack, `${count} instead of ${expected}`);
}

test('reactions that pile up at a promise are found with their function', async () => {
  const leak = 'promise_chain';
  const report = await diagnosed(leak);
  const [suspect] = report.suspects;
  assert.deepEqual([suspect.owner.name, suspect.owner.class], ['never', 'Promise']);
  const lines = suspect.locations.filter(({ url }) => url === fileOf(leak)).map(({ line }) => line);
  assert.ok(lines.includes(faultyLine(leak)), JSON.stringify(suspect.locations));
  assert.ok(suspect.bytes <= report.heapBytes, `${suspect.bytes} of ${report.heapBytes} bytes`);
});

test('a list that grows at its head is one suspect, named after the variable', async () => {
  const report = await diagnosed('linked_list');
  const [suspect, ...others] = report.suspects;
  assert.deepEqual([suspect.owner.name, suspect.class, others.length], ['newest', 'Entry', 0]);
  assert.deepEqual([suspect.count, suspect.countGrowth], [3 * REQUESTS, 2 * REQUESTS]);
  assertSound(report);
});

for (const method of METHODS) {
  for (const healthy of ['bounded_lru', 'filled_cache', 'burst']) {
    test(`what looks like a leak is no suspect: ${healthy}, method ${method}`, async () => {
      const report = await diagnosed(healthy, heapwatch.diagnose, method);
      assert.deepEqual(report.suspects, []);
      assertSound(report, method);
    });
  }
}

/**
 * What holds for every report.
 *
 * @param {LeakReport} report
 * @param {'v8' | 'walk'} [usedMethod]
 */
function assertSound(report, usedMethod = 'v8') {
  assert.equal(report.schemaVersion, 1);
  assert.equal(report.method, usedMethod === 'v8' ? 'object-ids' : 'group-growth');
  assert.equal(report.redacted, true);
  assert.ok(!Number.isNaN(Date.parse(report.createdAt)));
  assert.equal(report.process?.pid, process.pid);
  assert.equal(report.process?.node, process.version);
  assert.deepEqual([report.growth, report.verdict], [null, null]);
  assert.ok(report.unexplainedBytes >= 0 && report.unexplainedBytes <= report.survivorBytes);
  assert.equal(report.captures.length, 3);
  for (const { method, pauseMs, takenAt } of report.captures) {
    assert.equal(method, usedMethod);
    assert.ok(pauseMs !== null && pauseMs > 0);
    assert.ok(takenAt !== null && !Number.isNaN(Date.parse(takenAt)));
  }
  for (const [i, suspect] of report.suspects.entries()) {
    assert.equal(suspect.rank, i + 1);
    assert.ok(suspect.shareOfGrowth > 0 && suspect.shareOfGrowth <= 1);
    assert.ok(suspect.bytes <= report.heapBytes && suspect.growthBytes <= suspect.bytes);
    assert.ok(suspect.bytesPerHour !== null && suspect.bytesPerHour > 0);
    assert.match(suspect.fingerprint, /^[0-9a-f]{16}$/);
    assert.ok(suspect.path.length > 1 && suspect.histogram.length > 0);
    assert.ok(suspect.evidence.length > 0 && suspect.advice.length > 0);
  }
  // Data all through: what JSON loses was never in it.
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
}

test('a report has no contents of strings, no environment and no arguments', async () => {
  process.env.HEAPWATCH_TEST_SECRET = 'secret-from-the-environment';
  const report = JSON.stringify(await diagnosed('dictionary'));
  delete process.env.HEAPWATCH_TEST_SECRET;
  for (const secret of ['token-1', '10.0.0', 'secret-from-the-environment', process.argv[0]]) {
    assert.ok(!report.includes(secret), secret);
  }
});

test('the same leak has the same fingerprint in another diagnosis', async () => {
  const [first, second] = [await diagnosed('module_map'), await diagnosed('module_map')];
  assert.equal(first.suspects[0].fingerprint, second.suspects[0].fingerprint);
});

test('options narrow what is told', async () => {
  const { suspects } = await diagnosed('module_set', (graphs) =>
    heapwatch.diagnose(graphs, { minGrowthBytes: 10 ** 9 }),
  );
  assert.deepEqual(suspects, []);
  const { suspects: [unread, ...others] } = await diagnosed('module_set', (graphs) =>
    heapwatch.diagnose(graphs, { maxSuspects: 1, minGrowthBytes: 0, sources: false }),
  );
  assert.deepEqual(others, []);
  assert.equal(unread.owner.name, 'visitors');
  // Without the source there is only what the snapshot knows: functions.
  assert.ok(unread.locations.every(({ role }) => role !== 'grows' && role !== 'declared'));
});

test('saved snapshots of different processes are compared by groups', async (t) => {
  const folder = temporaryFolder(t);
  const files = [1, 2, 3].map((i) => path.join(folder, `${i}.heapsnapshot`));
  await Promise.all(
    files.map((file, i) =>
      resultsOf('write_grown_snapshot.js', {
        args: ['array_of_instances', String((i + 1) * 10_000), file],
      }),
    ),
  );
  const graphs = await Promise.all(files.map((file) => heapwatch.open(file)));
  t.after(() => graphs.forEach((graph) => graph.close()));

  await t.test('two are enough', async () => {
    const { method, suspects: [suspect] } = await heapwatch.diagnose(graphs.slice(0, 2));
    assert.equal(method, 'group-growth');
    assert.deepEqual([suspect.owner.name, suspect.class], ['history', 'Job']);
    assert.deepEqual([suspect.count, suspect.countGrowth], [20_000, 10_000]);
  });
  await t.test('three tell the same, and without times no rates', async () => {
    const report = await heapwatch.diagnose(graphs);
    const [suspect, ...others] = report.suspects;
    assert.deepEqual(others, []);
    assert.deepEqual([suspect.owner.name, suspect.class], ['history', 'Job']);
    assert.deepEqual([suspect.count, suspect.countGrowth], [30_000, 20_000]);
    assert.deepEqual([suspect.bytesPerHour, suspect.countPerHour], [null, null]);
    assert.equal(report.process, null);
    assert.ok(report.captures.every(({ method }) => method === 'file'));
    assert.ok(suspect.locations.some(({ url }) => url === fileOf('array_of_instances')));
  });
  await t.test('sources are read on demand only', async () => {
    const without = await heapwatch.diagnose(graphs);
    assert.ok(without.suspects[0].locations.every(({ role }) => role !== 'grows'));
    const { suspects: [{ locations: [{ role, line }] }] } =
      await heapwatch.diagnose(graphs, { sources: true });
    assert.deepEqual([role, line], ['grows', faultyLine('array_of_instances')]);
  });
  await t.test('in the wrong order nothing grows', async () => {
    const { suspects, heapGrowthBytes } = await heapwatch.diagnose(graphs.toReversed());
    assert.deepEqual(suspects, []);
    assert.ok(heapGrowthBytes < 0);
  });
  await t.test('in a single graph, given twice, nothing grows', async () => {
    const { suspects, survivorBytes, heapGrowthBytes } =
      await heapwatch.diagnose([graphs[2], graphs[2]]);
    assert.deepEqual({ suspects, survivorBytes, heapGrowthBytes },
      { suspects: [], survivorBytes: 0, heapGrowthBytes: 0 });
  });
  await t.test('a signal ends it', async () => {
    const controller = new AbortController();
    const running = heapwatch.diagnose(graphs, { signal: controller.signal });
    controller.abort();
    await assert.rejects(running, { code: 'ERR_HEAPWATCH_CANCELLED' });
    const signal = AbortSignal.abort();
    await assert.rejects(heapwatch.diagnose(graphs, { signal }), { code: 'ERR_HEAPWATCH_CANCELLED' });
  });
  await t.test('progress tells of its stage', async () => {
    /** @type {string[]} */
    const stages = [];
    await heapwatch.diagnose(graphs, { onProgress: ({ stage }) => stages.push(stage) });
    assert.deepEqual([...new Set(stages)], ['diagnosis']);
  });
  await t.test('graphs that are closed meanwhile end it well or as closed', async () => {
    const again = await Promise.all(files.map((file) => heapwatch.open(file)));
    const running = heapwatch.diagnose(again);
    for (const graph of again) graph.close();
    await assert.rejects(running, { code: 'ERR_HEAPWATCH_CLOSED' });
  });
});

test('what is no list of graphs is refused', async (t) => {
  const graph = await heapwatch.capture({ method: 'v8' });
  t.after(() => graph.close());
  /** @type {[any, string][]} */
  const wrong = [
    [undefined, 'graphs'],
    [null, 'graphs'],
    [graph, 'graphs'],
    [[], 'graphs'],
    ['two graphs', 'graphs'],
    [[graph, {}], 'graphs[1]'],
    [[null, graph], 'graphs[0]'],
    [[graph, Object.create(Object.getPrototypeOf(graph))], 'graphs[1]'],
  ];
  for (const [graphs, option] of wrong) {
    await assert.rejects(heapwatch.diagnose(graphs), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION', error.stack);
      assert.equal(error.detail.option, option);
      assert.ok(error.message.includes(option));
      return true;
    });
  }
});

test('options of diagnose are refused by name', async (t) => {
  const graph = await heapwatch.capture({ method: 'v8' });
  t.after(() => graph.close());
  /** @type {[any, string][]} */
  const wrong = [
    [{ maxSuspect: 1 }, 'maxSuspect'],
    [{ maxSuspects: 0 }, 'maxSuspects'],
    [{ maxSuspects: 1.5 }, 'maxSuspects'],
    [{ minGrowthBytes: -1 }, 'minGrowthBytes'],
    [{ sources: 'yes' }, 'sources'],
    [{ redact: 0 }, 'redact'],
    [{ signal: 1 }, 'signal'],
    [{ onProgress: {} }, 'onProgress'],
    [1, 'options'],
  ];
  for (const [options, option] of wrong) {
    await assert.rejects(heapwatch.diagnose([graph, graph], options), (/** @type {any} */ error) => {
      assert.equal(error.code, 'ERR_HEAPWATCH_OPTION');
      assert.equal(error.detail.option, option);
      return true;
    });
  }
});
