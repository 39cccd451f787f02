// @ts-nocheck Some of this is not in every supported Node.
'use strict';

/** Values and containers: texts in each representation, numbers, dates, memory, collections. */

function strings() {
  const words = Array.from({ length: 40 }, (_, i) => `word number ${i}`);
  const cons = words.reduce((text, word) => `${text}, ${word}`, 'words');
  const consOfTwoBytes = cons + '—' + words.join('→');
  const flattened = words.concat('x').reduce((text, word) => text + word);
  flattened.charCodeAt(5);
  const internalized = {};
  const madeAtRunTime = `key-${words.length}-${'made at run time'.toUpperCase()}`;
  internalized[madeAtRunTime] = {};
  const thin = [words[0] + words[1] + words[2], words[3] + words[4]];
  for (const text of thin) internalized[text] = {};
  const large = 'large '.repeat(20_000);
  return {
    cons,
    consOfTwoBytes,
    flattened,
    internalized,
    thin,
    sliced: [large.slice(10, 60_000), cons.slice(20, 60), consOfTwoBytes.slice(3)],
    large,
    twoBytes: 'größer — ∞ 💥',
    short: ['', 'a', 'ß', '𝄞'],
    numeric: ['12', (123456).toString(), (0.1).toString(), String(2 ** 40)],
    array: words,
    split: 'a,b,c,d'.split(','),
  };
}

function numbers() {
  const mutable = { count: 0.5 };
  for (let i = 0; i < 10; i += 1) mutable.count += 0.25;
  return {
    mutable,
    doubles: [0.1, -0, NaN, Infinity, 1e300],
    mixed: [1, 2.5, 'three', null, undefined, true, {}],
    bigints: [0n, -1n, 2n ** 64n, 3n ** 1000n],
    dates: [new Date(0), new Date(NaN), new Date(2024, 1, 29)],
    formatted: new Date(0).toLocaleDateString('de'),
  };
}

function memory() {
  const buffer = new ArrayBuffer(1024);
  const resizable = new ArrayBuffer(64, { maxByteLength: 4096 });
  const tracking = new Uint8Array(resizable);
  resizable.resize(128);
  const detached = new ArrayBuffer(2048);
  structuredClone(detached, { transfer: [detached] });
  const shared = new SharedArrayBuffer(4096);
  const growable = new SharedArrayBuffer(16, { maxByteLength: 4096 });
  const onHeap = new Uint8Array(8);
  return {
    views: [Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
      .concat([Float32Array, Float64Array, BigInt64Array, BigUint64Array])
      .map((View) => new View(buffer, 8, 4)),
    dataView: new DataView(buffer, 100),
    resizable,
    tracking,
    detached,
    shared: [new Int32Array(shared), new Uint8Array(growable), new DataView(growable)],
    onHeap,
    moved: new Float64Array(4).buffer,
    empty: [new ArrayBuffer(0), new Uint8Array(0)],
    buffers: [Buffer.from('pooled'), Buffer.alloc(100_000), Buffer.allocUnsafeSlow(10)],
    slices: Buffer.from('a longer text').subarray(2, 5),
    blob: new Blob(['text']),
  };
}

function collections() {
  const map = new Map();
  for (let i = 0; i < 100; i += 1) map.set(i % 2 ? `key ${i}` : { key: i }, { value: i });
  for (let i = 1; i < 80; i += 2) map.delete(`key ${i}`);
  const iterator = map.entries();
  iterator.next();
  const set = new Set([1, 'a', {}, NaN, null, undefined, Symbol('in set')]);
  const weak = new WeakMap();
  const links = Array.from({ length: 50 }, (_, i) => ({ link: i }));
  for (const [i, link] of links.entries()) weak.set(link, links[i + 1] ?? { end: true });
  const heldByTable = { held: 'by table' };
  const values = new WeakMap([[weak, { value: 'of a WeakMap' }]]);
  values.set(heldByTable, [heldByTable, values]);
  const registry = new FinalizationRegistry(() => {});
  for (const link of links.slice(0, 10)) registry.register(link, { holding: link.link }, link);
  registry.register(map, 'text');
  registry.unregister(links[0]);
  const symbolKey = Symbol('weak key');
  return {
    map,
    nested: new Map([['a', new Map([['b', new Map([[map, set]])]])]]),
    iterator,
    iterators: [set.values(), [1, 2][Symbol.iterator](), 'text'[Symbol.iterator](), map.keys()],
    finishedIterator: (() => {
      const done = new Set([1]).values();
      done.next();
      done.next();
      return done;
    })(),
    set,
    emptied: [new Map(), new Set([1])].map((collection) => (collection.clear(), collection)),
    weak,
    firstLink: links[0],
    values,
    heldByTable,
    weakSet: new WeakSet([links[0], links[7]]),
    weakRefs: [new WeakRef(links[3]), new WeakRef({ gone: true }), new WeakRef(map)],
    symbolKey: [symbolKey, tryTo(() => new WeakMap([[symbolKey, { by: 'symbol' }]]))],
    registry,
    subclass: new (class Cache extends Map {
      limit = 10;
    })([['cached', {}]]),
    iteratorHelpers: tryTo(() => [1, 2, 3].values().map((x) => ({ x })).filter(Boolean)),
    grouped: tryTo(() => Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'odd' : 'even'))),
  };
}

function intl() {
  return {
    number: new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }),
    date: new Intl.DateTimeFormat('en', { dateStyle: 'full' }),
    usedDate: (() => {
      const format = new Intl.DateTimeFormat('fr');
      format.format(0);
      return format;
    })(),
    collator: new Intl.Collator('sv'),
    plural: new Intl.PluralRules('ru'),
    list: new Intl.ListFormat('en'),
    relative: new Intl.RelativeTimeFormat('en'),
    segments: new Intl.Segmenter('ja', { granularity: 'word' }).segment('日本語の文章'),
    names: new Intl.DisplayNames('en', { type: 'region' }),
    locale: new Intl.Locale('de-AT'),
    temporal: tryTo(() => [
      Temporal.Instant.fromEpochMilliseconds(0),
      Temporal.PlainDate.from('2024-02-29'),
      Temporal.ZonedDateTime.from('2024-02-29T10:00[Europe/Vienna]'),
      Temporal.Duration.from({ hours: 3 }),
      Temporal.PlainYearMonth.from('2024-02'),
      Temporal.PlainTime.from('10:00'),
    ]),
  };
}

/**
 * @param {() => unknown} make what not every supported version has
 * @returns {unknown} null where it does not
 */
function tryTo(make) {
  try {
    return make();
  } catch {
    return null;
  }
}

function plant() {
  return {
    strings: strings(),
    numbers: numbers(),
    memory: memory(),
    collections: collections(),
    intl: intl(),
  };
}

module.exports = { plant };
