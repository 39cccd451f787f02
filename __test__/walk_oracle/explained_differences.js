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
 * }} Explanation `majors` of Node, all by default; `atMost` bounds the difference of the counts
 */

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
    what: ['internal nodes', 'classes', 'edges', 'object edges'],
    subject: /Node \/ /,
    because: "objects of Node's C++ side are told to V8 by Node, and are not in its heap",
  },
];

/**
 * @param {Difference} difference
 * @param {number} major of the Node whose heap it is
 * @returns {string | null} the reason
 */
function explanationOf(difference, major) {
  const found = EXPLANATIONS.find(
    ({ what, subject, majors, atMost }) =>
      what.includes(difference.what) &&
      (majors === undefined || majors.includes(major)) &&
      (atMost === undefined || distanceOf(difference) <= atMost) &&
      subject.test(difference.subject),
  );
  return found?.because ?? null;
}

/** @param {Difference} difference */
function distanceOf({ walk, v8 }) {
  return Math.abs(Number(walk) - Number(v8));
}

module.exports = { explanationOf };
