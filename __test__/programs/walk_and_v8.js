'use strict';

/**
 * Plants a heap, and has it written by a walk in place, a walk in a forked child, and V8.
 *
 *     node walk_and_v8.js HEAP FOLDER walk|v8
 *
 * HEAP is a file of `walk_oracle/heaps/`, or a path. Tells the pairs of files, or the reason why
 * there is no walk here. With `v8` instead of `walk`, captures of V8 take the place of walks: what
 * differs then is the noise of the comparison.
 *
 * V8 writes its snapshot inside of the call that captures, right after the walk: both see the same
 * objects, those of the call included.
 */

const path = require('node:path');
const v8 = require('node:v8');

const heapwatch = require('../..');
/** @type {any} */
const native = require('../../lib/native.js');

const [heap, folder, method] = process.argv.slice(2);

/** Turns of the event loop in which what a heap has started comes to rest. */
const TURNS = 20;

/** Captures before those that count: V8 has compiled what they run, and feedback is complete. */
const REHEARSALS = 3;

/** @type {any[]} */
const WALKS =
  method === 'walk' ? [{ method, fork: false }, { method, fork: true }] : [{ method }];

const writeHeapSnapshot = v8.writeHeapSnapshot;

/** Where V8 writes to when a capture is made. */
let v8File = '';

/** What the captures before gave. Shapes of objects that nothing else has would go otherwise, and be
 * made anew between the walk and V8.
 * @type {unknown[]} */
const given = [];

/**
 * @template {Function} F
 * @param {F} capture what captures, synchronously
 * @returns {F}
 */
function withV8After(capture) {
  return /** @type {any} */ (
    (/** @type {unknown[]} */ ...args) => {
      // V8 collects all garbage before a snapshot; the walk shall not see it either.
      writeHeapSnapshot('/dev/null');
      const result = capture(...args);
      given.push(result);
      writeHeapSnapshot(v8File);
      return result;
    }
  );
}

/**
 * A concatenation changes when it is used the first time.
 *
 * @param {string} text
 */
function inOnePiece(text) {
  return Buffer.from(text).toString();
}

/**
 * @param {any} options
 * @param {string} name
 */
async function writePair(options, name) {
  const [walkFile, file] = ['walk', 'v8'].map((by) => path.join(folder, `${name}-${by}.heapsnapshot`));
  v8File = inOnePiece(file);
  const graph = await heapwatch.capture(options);
  await graph.save(walkFile);
  graph.close();
  return { name, walk: walkFile, v8: file };
}

async function main() {
  const { plant } = require(path.resolve(__dirname, '../walk_oracle/heaps', heap));
  Object.assign(globalThis, { planted: await plant() });
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((done) => setImmediate(done));
  if (method === 'v8') v8.writeHeapSnapshot = withV8After(writeHeapSnapshot);
  else native.startWalk = withV8After(native.startWalk);
  const pairs = [];
  for (const options of WALKS) {
    const name = !options.fork ? 'in-place' : 'forked';
    for (let i = 0; i < REHEARSALS; i += 1) await writePair(options, name);
    pairs.push(await writePair(options, name));
  }
  return { pairs };
}

main()
  .catch((error) => {
    if (error.code !== 'ERR_HEAPWATCH_UNSUPPORTED') throw error;
    return { unsupported: error.message };
  })
  .then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`, () => {
      // Connections and workers are open.
      process.exit(0);
    });
  });
