'use strict';

/** What the corpus expects, and how a report is compared with it. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const { allPrograms, faultyLines } = require('./leaks/corpus.js');
const { judge } = require('./leaks/judgement.js');

const CORPORA = [
  path.join(__dirname, 'leaks'),
  path.join(__dirname, '..', 'bench', 'leaking_applications'),
];
const PROGRAMS = CORPORA.flatMap((corpus) => allPrograms(corpus));

/** The ids of all causes that a program may state. */
const CAUSES = [
  'async-context-store', 'backlog', 'buffer-views', 'class-explosion', 'compiled-code',
  'duplicate-strings', 'error-stacks', 'event-listeners', 'event-target-listeners',
  'finalization-backlog', 'known-owner', 'module-instances', 'open-handles', 'pending-promises',
  'promise-reactions', 'request-keyed-collection', 'shared-closure-context', 'string-parents',
  'suspended-async', 'timers', 'unbounded-collection', 'unexpected-global', 'vm-contexts',
  'weak-map-entries', 'worker-handles',
];

test('each leak of the corpus has a line at fault, and each mark belongs to a leak', () => {
  for (const { name, folder, program } of PROGRAMS) {
    for (const { mark } of program.leaks) {
      assert.ok(faultyLines(folder, mark).length > 0, `${name}: no line for ${mark}`);
    }
    const known = program.leaks.map(({ mark }) => mark);
    for (const mark of marksIn(folder)) assert.ok(known.includes(mark), `${name}: ${mark}`);
  }
});

test('each cause is planted in some program of the corpus, and no other is stated', () => {
  const stated = PROGRAMS.flatMap(({ program }) => program.leaks.flatMap(({ causes }) => causes));
  assert.deepEqual([...new Set(stated)].sort(), CAUSES);
});

/**
 * @param {string} folder
 * @returns {(string | undefined)[]}
 */
function marksIn(folder) {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.([cm]?js|ts)$/.test(file))
    .flatMap((file) => [
      ...fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/\/\/ leaks here(?:: (\S+))?$/gm),
    ])
    .map(([, mark]) => mark);
}

const SHOP = /** @type {import('./leaks/corpus.js').Entry} */ (
  PROGRAMS.find(({ name }) => name === 'mixed-shop')
);
const [BASKETS] = faultyLines(SHOP.folder, 'baskets');
const [WISHES] = faultyLines(SHOP.folder, 'wishes');

/**
 * @param {Partial<import('..').Suspect>[]} suspects best first
 * @param {import('./leaks/corpus.js').Entry} [entry]
 */
function judged(suspects, entry = SHOP) {
  const ranked = suspects.map((suspect, i) => ({
    rank: i + 1, cause: null, class: 'Object', locations: [], ...suspect,
  }));
  return judge(entry, /** @type {any} */ ({ suspects: ranked }));
}

/** @param {string} name */
const owner = (name, ofClass = 'Map') => ({ name, class: ofClass, id: 1, location: null });

/**
 * @param {{ file: string, line: number }} place
 * @param {import('..').ReportLocation['role']} role
 */
const at = ({ file, line }, role) =>
  ({ url: file, line, column: 1, role, original: null, package: null });

test('leaks are found by a part of the owner\'s name or by their line', () => {
  const { leaks, others } = judged([
    { owner: owner('shop.stock._events.arrived', 'Array'), cause: 'event-listeners' },
    { owner: owner('x'), cause: null, locations: [at(WISHES, 'declared'), at(BASKETS, 'grows')] },
  ]);
  const told = leaks.map(({ suspect, cause, owner, line }) => [suspect?.rank, cause, owner, line]);
  assert.deepEqual(told, [[2, false, false, 'listed'], [1, true, true, 'no']]);
  assert.deepEqual(others, []);
});

test('functions that can merely reach the owner are no line told', () => {
  const elsewhere = { file: WISHES.file, line: 1 };
  const locations = [at(elsewhere, 'declared'), at(BASKETS, 'scope')];
  const { leaks, others } = judged([{ owner: owner('x'), locations }]);
  assert.deepEqual(leaks.map(({ suspect }) => suspect), [null, null]);
  assert.equal(others.length, 1);
});

test('a line of compiled code is judged by its source', () => {
  const compiled = {
    ...at({ file: '/app/dist/shop.js', line: 1 }, 'grows'),
    original: { url: BASKETS.file, line: BASKETS.line, column: 1, name: null },
  };
  const { leaks } = judged([{ owner: owner('x'), locations: [compiled] }]);
  assert.deepEqual(leaks.map(({ line }) => line).sort(), ['first', 'no']);
});

test('a leak behind others has the wrong rank', () => {
  const other = { owner: owner('cache') };
  const { leaks, others } = judged([other, other, { owner: owner('baskets') }]);
  assert.deepEqual([leaks[0].suspect?.rank, leaks[0].rank, others.length], [3, false, 2]);
});

test('handles that only a root holds are known by their class', () => {
  const entry = PROGRAMS.find(({ name }) => name === 'upstream-sockets');
  const root = owner('(root)', '(root)');
  const { leaks } = judged([{ owner: root, class: 'TCP' }], entry);
  assert.equal(leaks[0].owner, true);
  assert.equal(judged([{ owner: root, class: 'Order' }], entry).others.length, 1);
});
