'use strict';

/**
 * What differs between a walk and V8's snapshot of the same heap on purpose, or for a reason
 * outside of the heap. Everything else that differs is a defect of the walk.
 *
 * @typedef {import('./heap_comparison.js').Difference} Difference
 * @typedef {{
 *   what: string[],
 *   subject: RegExp,
 *   majors?: number[],
 *   atMost?: number,
 *   because: string,
 * }} Explanation `majors` of Node, all by default; `atMost` bounds how much differs
 */

/** Names in the planted heaps that V8 can't write, by what it makes of them. */
const UNWRITABLE = /naïve|Größe|� lone|\?\?\? lone/;

/** Functions and constants that nothing refers to until a program asks for them. */
const READ_ONLY =
  '^code (?:supportedLocalesOf|resolvedOptions|v#BreakIterator|' +
  'get (?:adoptText|first|next|current|breakType))(?: -- |$)|^hidden system / Hole(?: -- |$)';

/** Objects of a walk, the kinds of those it consists of, and what keeps it. */
const OF_THE_CALL = new RegExp(
  [
    ...['HeapWalk', '^\\{walk\\}$', '--> object Object$'],
    '^(?:object )?(?:Uint#Array|Uint8Array|ArrayBuffer|Object|\\(?bigint\\)?)(?: -- |$)',
    'PropertyArray(?: -- |$)|JSArrayBufferData$',
    '^object Array -- element # --> string$',
    '^array \\(object elements\\) -- internal # --> string$',
  ].join('|'),
);

/** @type {Explanation[]} */
const EXPLANATIONS = [
  {
    what: ['edges', 'object edges'],
    subject: /^synthetic \(Stack roots\) -- /,
    because: 'the stack of the call that captures differs, and a walk reads it conservatively',
  },
  {
    what: [
      ...['internal nodes', 'edges', 'object edges', 'identities'],
      ...['retained sizes', 'unmatched dominators'],
    ],
    subject: /^synthetic /,
    because: 'roots are found in other ways and listed in fewer groups; what they hold is compared',
  },
  {
    what: ['classes'],
    subject: /^\(synthetic\)$/,
    because: "the only root with bytes is Node's environment, which is not in V8's heap",
  },
  {
    what: [
      ...['visible nodes', 'internal nodes', 'classes', 'edges', 'object edges'],
      ...['object kinds', 'object sizes', 'identities', 'paths'],
    ],
    subject: /Node \/ |contextify|ContextifyScript|object Script|^Script \(node:vm:/,
    because:
      "Node tells V8 of its C++ objects, in place of their wrappers and with the memory they hold; " +
      'they are not in the heap',
  },
  {
    what: ['visible nodes', 'classes', 'edges', 'object kinds', 'object edges', 'paths'],
    subject: UNWRITABLE,
    because:
      'V8 leaves out characters beyond 16 bits, and writes ??? for a surrogate without its partner',
  },
  {
    what: ['visible nodes', 'internal nodes', 'edges'],
    subject: new RegExp(`${READ_ONLY}|^string$|^string -- internal map --> .*InternalizedOneByte`),
    atMost: 10,
    because: 'V8 shows all of the memory that can only be read, a walk what something refers to',
  },
  {
    what: ['visible nodes', 'internal nodes', 'classes', 'edges'],
    subject: OF_THE_CALL,
    atMost: 10,
    because: 'what the walk gives is made behind the walk, and before V8 looks',
  },
  {
    what: ['object edges', 'paths'],
    subject: /context given/,
    because: 'what the walk gives is put there behind the walk, and before V8 looks',
  },
  {
    what: ['visible nodes', 'edges'],
    subject: /^object shape system \/ Map/,
    atMost: 60,
    because: 'a stale word of the stack leads to a hidden class and to those it comes from',
  },
  {
    what: ['internal nodes', 'classes'],
    subject: /^array $|^\(array\)$/,
    atMost: 1,
    because: 'a stale word of the stack leads to a dead array: the same in each run of one build',
  },
  {
    what: ['internal nodes', 'edges'],
    subject: /^code system \/ LoadHandler(?: |$)/,
    atMost: 1,
    because: 'a stale word of the stack leads to a dead handler of property loads',
  },
  {
    what: ['internal nodes', 'edges', 'object edges', 'object kinds'],
    subject: /code \((?:object elements|constant elements|constant pool)\)/,
    atMost: 400,
    because: 'the first owner names an array: V8 passes by pages in its order, a walk by address',
  },
  {
    what: ['paths'],
    subject: /walk .*Map\[\*\]/s,
    because: 'of a Map with many entries only the first keys are read',
  },
  {
    what: ['retained sizes', 'unmatched dominators'],
    subject: /^native Node \/ |^object global |NativeContext |planted(?: > element 0(?: > element 20.*)?| > property .*)?$|inding/,
    atMost: 200_000,
    because:
      "of what Node's C++ objects hold, a walk sees neither the memory (65 KB of each parser of " +
      'HTTP) nor who holds it',
  },
  {
    what: ['retained sizes'],
    subject: /^object TimersList .* timerListMap > element \d+$/,
    atMost: 25_000,
    because: "Node's C++ objects of the connections that timers watch, 424 bytes each of 50",
  },
  {
    what: ['retained sizes'],
    subject: /^object global $/,
    majors: [20, 22],
    because: "V8 shows Node's environment beside the global object: it holds what Node consists of",
  },
  {
    what: ['retained sizes'],
    subject: /./,
    atMost: 1000,
    because: "somewhere in it are some of Node's C++ objects, or what the walks before gave",
  },
  {
    what: ['unmatched dominators'],
    subject: /^array {2}$/,
    majors: [20],
    because: 'a table of strings is in another group of roots',
  },
  {
    what: ['locations'],
    subject: /^closure #$/,
    because: 'where a function of WebAssembly is in its module is known outside of the heap only',
  },
  {
    what: ['edges', 'object edges'],
    subject: /pair in WeakMap --> hidden system \/ (?:Hole|Oddball)$/,
    because: 'V8 shows deleted entries of weak collections, as if the hole held the hole',
  },
  {
    what: ['internal nodes', 'edges', 'object edges', 'identities'],
    subject: /Feedback(?:Vector|Cell)|^hidden system \/ WeakFixedArray -- weak # --> code \(shared/,
    atMost: 8,
    because: 'the calls in between run functions of Node often enough for V8 to note their types',
  },
  {
    what: ['paths'],
    subject: /\nV8 \(synthetic\) > <[a-z_]+> /,
    because: "V8's way is one through Node's environment, which refers to wrappers and callbacks",
  },
  {
    what: ['edges', 'object edges'],
    subject: /^hidden system \/ WasmInternalFunction -- |^object Instance -- /,
    majors: [22],
    because: 'V8 passes over some words twice, and over others of an instance not at all',
  },
  {
    what: ['edges', 'object edges', 'identities'],
    subject: /^(?:code|hidden|array) .* -- hidden # --> /,
    majors: [22],
    atMost: 20,
    because:
      'V8 12.4 takes fields of the data of an instance for fields of the instance, notes them as told, ' +
      'and so leaves out references of a large object that comes next, whichever that is',
  },
  {
    what: ['object kinds', 'object sizes', 'object edges', 'identities'],
    subject: /^code system \/ (?:AllocationSite|LoadHandler)(?: |$)/,
    majors: [22],
    because: 'where that large object is a vector of feedback, its other slots have other numbers',
  },
  {
    what: ['paths'],
    subject: / Instance > <\d+> /,
    because: 'V8 passes over the words of an instance in an order of its own, which numbers them',
  },
  {
    what: ['paths'],
    subject: /to \(GC roots\) > /,
    because: 'groups of roots are told apart in other ways',
  },
  {
    what: ['classes'],
    subject: /^\{.*\}$/,
    atMost: 2,
    because: 'an object that fits several inferred classes is of one by the order of the nodes',
  },
  {
    what: ['classes'],
    subject: /^\((?:compiled code|system|object shape|string)\)$/,
    atMost: 60,
    because: 'these are sums over what is explained one by one',
  },
];

/**
 * @param {Difference} difference
 * @param {number} major of the Node whose heap it is
 * @returns {string | null} the reason
 */
function explanationOf(difference, major) {
  const text = textOf(difference);
  const found = EXPLANATIONS.find(
    ({ what, subject, majors, atMost }) =>
      what.includes(difference.what) &&
      (majors === undefined || majors.includes(major)) &&
      (atMost === undefined || distanceOf(difference) <= atMost) &&
      subject.test(text),
  );
  return found?.because ?? null;
}

/**
 * What an explanation is looked up by: of paths, both as well.
 *
 * @param {Difference} difference
 */
function textOf({ what, subject, walk, v8, example = '' }) {
  if (what === 'paths') return `${subject}\nwalk ${walk}\nV8 ${v8}`;
  return what === 'object edges' && example.includes('context given') ? example : subject;
}

/** @param {Difference} difference */
function distanceOf({ walk, v8, weight }) {
  return typeof walk === 'number' ? Math.abs(walk - Number(v8)) : weight;
}

module.exports = { explanationOf };
