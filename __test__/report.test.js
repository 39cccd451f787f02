'use strict';

/** The report: its schema and its renderers. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const { Ajv } = require('ajv');

const heapwatch = require('..');
const { hasColours } = require('../lib/report/terminal.js');
const { reportSchema } = require('../scripts/report-schema.js');
const { sampleReport } = require('./sample_report.js');

/** @typedef {import('..').LeakReport} LeakReport */

const ROOT = path.join(__dirname, '..');
const OPTIONS = { root: '/srv/shop' };

const published = JSON.parse(fs.readFileSync(path.join(ROOT, 'leak-report.schema.json'), 'utf8'));

/**
 * The schema without room for properties that it doesn't name: readers shall ignore them, and here they
 * are a mistake.
 *
 * @param {any} schema
 * @returns {any}
 */
function closed(schema) {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const parts = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const isObject = schema.type === 'object' && schema.properties !== undefined;
  return { ...Object.fromEntries(parts), ...(isObject ? { additionalProperties: false } : {}) };
}

const validate = new Ajv({ allErrors: true, strict: true }).compile(closed(published));

/** @param {unknown} report */
function assertValid(report) {
  assert.ok(validate(report), JSON.stringify(validate.errors, null, 2));
}

test('the schema is that of the types', () => {
  assert.deepEqual(published, reportSchema(), 'run node scripts/report-schema.js');
  assert.equal(require.resolve('heapwatch/leak-report.schema.json', { paths: [ROOT] }),
    path.join(ROOT, 'leak-report.schema.json'));
});

test('reports of captures are valid', async (t) => {
  const { grow } = require('./leaks/emitter_listeners.js');
  /** @type {import('..').HeapGraph[]} */
  const graphs = [];
  t.after(() => graphs.forEach((graph) => graph.close()));
  for (let i = 0; i < 3; i++) {
    grow(2000);
    graphs.push(await heapwatch.capture({ method: 'v8' }));
  }
  const compared = await heapwatch.diagnose(graphs);
  assert.equal(compared.suspects.length, 1);
  assertValid(JSON.parse(heapwatch.renderJson(compared)));
  const single = await heapwatch.diagnose(graphs.slice(2));
  assert.ok(single.large.length > 0);
  assertValid(JSON.parse(heapwatch.renderJson(single)));
  const watcher = heapwatch.watch();
  const { pools, verdict } = watcher.status();
  watcher.stop();
  assertValid({ ...compared, growth: { pool: 'js-heap', ...pools['js-heap'] }, verdict });
});

test('what is no report is not valid', () => {
  assertValid(sampleReport());
  const wrong = [
    { schemaVersion: 2 }, { redacted: 'yes' }, { suspects: [{}] }, { method: 'guess' }, { more: 1 },
    { captures: null }, { verdict: 'fine' }, { process: undefined },
  ];
  for (const change of wrong) {
    const report = JSON.parse(JSON.stringify({ ...sampleReport(), ...change }));
    assert.ok(!validate(report), JSON.stringify(change));
  }
});

test('one capture: what is big and why, and no word of a leak', async (t) => {
  const { grow } = require('./leaks/module_map.js');
  grow(20_000);
  const graph = await heapwatch.capture({ method: 'v8' });
  t.after(() => graph.close());
  const report = await heapwatch.diagnose([graph]);
  assert.equal(report.method, 'one-capture');
  assert.deepEqual([report.suspects, report.survivorBytes, report.heapGrowthBytes], [[], 0, 0]);
  const first = report.large.find(({ owner }) => owner.name === 'receipts');
  assert.ok(first, JSON.stringify(report.large.map(({ owner }) => owner)));
  assert.deepEqual([first.owner.class, first.count], ['Map', 20_000]);
  assert.ok(first.shareOfHeap > 0.1 && first.shareOfHeap < 1);
  assert.ok(first.bytes <= report.heapBytes);
  assert.equal(first.locations[0].role, 'grows');
  for (const text of [heapwatch.renderText(report), heapwatch.renderMarkdown(report)]) {
    assert.match(text, /One capture/);
    assert.match(text, /receipts/);
    assert.doesNotMatch(text, /Leaking|No leak/);
  }
});

test('the text begins with what matters', () => {
  const lines = heapwatch.renderText(sampleReport(), OPTIONS).split('\n');
  assert.equal(lines[0],
    'Leaking: the JavaScript heap grows by 1.0 MB/s (853 KB/s to 1.1 MB/s), and reaches its limit of 256');
  const screen = lines.slice(0, 20).join('\n');
  for (const part of ["`bus` has 6,250 listeners for 'shipped'", 'src/orders.ts:42:9 (written at)',
    'node_modules/bus/index.mjs:5:1 (bus 1.2.3) (declared at)', 'remove it with `bus.off(...)`',
    '+145/s, +569 KB/s', '88 % of the growth']) {
    assert.ok(screen.replace(/\s+/g, ' ').includes(part), `${part}\n${screen}`);
  }
  assert.ok(!screen.includes('app.js'), 'lines that merely reach the owner are told where there is nothing better');
});

test('verdicts', () => {
  const first = (/** @type {Partial<LeakReport>} */ changes) =>
    heapwatch.renderText(sampleReport(changes), OPTIONS).split(/[\n:]/)[0];
  assert.equal(first({}), 'Leaking');
  assert.equal(first({ growth: null }), 'Leaking');
  assert.equal(first({ suspects: [] }), 'Growing');
  assert.equal(first({ suspects: [], growth: null }), 'No leak found');
  assert.equal(first({ suspects: [], growth: null, method: 'one-capture' }), 'One capture');
});

test('lines are as long as the terminal is wide', () => {
  for (const width of [40, 60, 100, 200]) {
    for (const line of heapwatch.renderText(sampleReport(), { ...OPTIONS, width }).split('\n')) {
      const words = line.trim().split(' ');
      assert.ok(line.length <= width || words.length <= 2, `${line.length} > ${width}: ${line}`);
    }
  }
  const longest = (/** @type {import('..').RenderTextOptions} */ options) =>
    Math.max(...heapwatch.renderText(sampleReport(), { ...OPTIONS, ...options }).split('\n').map((l) => l.length));
  assert.ok(longest({}) <= 100 && longest({}) > 80);
  assert.ok(longest({ stream: { isTTY: true, columns: 80 }, color: false }) <= 80);
  assert.ok(longest({ stream: { isTTY: false, columns: 60 } }) > 80, 'a file has no width');
});

test('colours are for terminals, and the environment decides', () => {
  const escape = '\u001b[';
  const plain = heapwatch.renderText(sampleReport(), OPTIONS);
  assert.ok(!plain.includes(escape));
  const coloured = heapwatch.renderText(sampleReport(), { ...OPTIONS, color: true });
  assert.ok(coloured.startsWith(`${escape}1m${escape}31mLeaking`));
  // eslint-disable-next-line no-control-regex
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), plain);
  const terminal = { isTTY: true };
  assert.equal(hasColours(terminal, {}), true);
  assert.equal(hasColours({}, {}), false);
  assert.equal(hasColours(undefined, {}), false);
  assert.equal(hasColours(terminal, { NO_COLOR: '1' }), false);
  assert.equal(hasColours(terminal, { NO_COLOR: '' }), true);
  assert.equal(hasColours(terminal, { TERM: 'dumb' }), false);
  assert.equal(hasColours({}, { FORCE_COLOR: '1' }), true);
  assert.equal(hasColours(terminal, { FORCE_COLOR: '0' }), false);
  assert.equal(hasColours({}, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
});

test('Markdown is short, and nothing in it is markup by accident', () => {
  const text = heapwatch.renderMarkdown(sampleReport(), OPTIONS);
  assert.ok(text.split('\n').length < 25, text);
  assert.match(text, /^## Leaking\n/);
  assert.match(text, /^### 1\. `onShipped\(\)` held by `bus\._events\.shipped` \(`Array`\)$/m);
  assert.match(text, /^- \*\*Line:\*\* `src\/orders\.ts:42:9` \(written at\)$/m);
  assert.match(text, /`bus` has 6,250 listeners for 'shipped' now/);
  const [suspect] = sampleReport().suspects;
  const odd = heapwatch.renderMarkdown(sampleReport({ suspects: [{ ...suspect, class: '`<img>`', evidence: 'a <b> *c* [d](e)' }] }), OPTIONS);
  assert.ok(odd.includes('`` `<img>` ``'));
  assert.ok(odd.includes('a \\<b\\> \\*c\\* \\[d\\](e)'));
  const many = sampleReport({ suspects: Array.from({ length: 5 }, (_, i) => ({ ...suspect, rank: i + 1 })) });
  assert.match(heapwatch.renderMarkdown(many, OPTIONS), /^2 more are in the full report\.$/m);
  assert.doesNotMatch(heapwatch.renderMarkdown(many, { ...OPTIONS, maxSuspects: 5 }), /more are in/);
});

test('JSON is the report', () => {
  const text = heapwatch.renderJson(sampleReport());
  assert.deepEqual(JSON.parse(text), sampleReport());
  assert.ok(text.endsWith('}\n'));
});

test('a report that is not redacted says so', () => {
  for (const render of [heapwatch.renderText, heapwatch.renderMarkdown]) {
    assert.match(render(sampleReport({ redacted: false }), OPTIONS), /NOT REDACTED/);
    assert.doesNotMatch(render(sampleReport(), OPTIONS), /NOT REDACTED/);
  }
});
