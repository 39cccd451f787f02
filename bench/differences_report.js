'use strict';

/**
 * What a comparison of a walk with V8's snapshot found, as text: sums, then the differences of each
 * kind, greatest weight first.
 *
 * @typedef {import('../__test__/walk_oracle/heap_comparison.js').Difference} Difference
 * @typedef {import('../__test__/walk_oracle/heap_comparison.js').Comparison} Comparison
 */

const { ratio, table } = require('./table.js');

const TITLES = {
  totals: 'totals',
  'visible nodes': 'nodes that programs see, by kind and class',
  'internal nodes': "V8's own nodes, by kind and class",
  edges: 'edges, by kind and class of their ends',
  'object kinds': 'objects that are the same, but of another kind or class',
  'object sizes': 'objects that are the same, but of another size',
  'object edges': 'edges that objects have on one side only',
  identities: 'edges that lead elsewhere',
  locations: 'functions and classes written elsewhere (script:line:column, 0-based)',
  classes: "heapwatch's classes",
  'retained sizes': 'retained sizes of the largest dominators, bytes',
  'unmatched dominators': 'dominators not found in the walk',
  paths: 'paths to objects',
};

/** @param {Comparison['totals']} totals */
function totalsTable({ walk, v8 }) {
  const fields = /** @type {const} */ (['nodes', 'edges', 'bytes']);
  return table(
    ['', 'walk', 'V8', 'walk - V8', 'ratio'],
    fields.map((field) => [
      field,
      ...[walk[field], v8[field], walk[field] - v8[field]].map(String),
      ratio(walk[field], v8[field]).replace('x', ''),
    ]),
  );
}

/**
 * @param {Difference[]} differences of one kind
 * @param {number} limit
 */
function differencesText(differences, limit) {
  return differences.slice(0, limit).map((difference) => {
    const { subject, walk, v8, bytes, weight, example } = difference;
    const delta = typeof walk === 'number' && typeof v8 === 'number' ? signed(walk - v8) : '';
    const size = bytes ? `; bytes ${bytes.walk} : ${bytes.v8} ${signed(bytes.walk - bytes.v8)}` : '';
    const objects = example === undefined ? '' : `; ${weight} objects, as ${example || 'root'}`;
    const values =
      typeof walk === 'string' && example === undefined
        ? `\n      walk ${walk}\n      V8   ${v8}`
        : ` ${walk} : ${v8} ${delta}`;
    return `    ${subject}:${values}${size}${objects}`;
  });
}

/** @param {number} value */
const signed = (value) => `(${value > 0 ? '+' : ''}${value})`;

/**
 * @param {Comparison} comparison
 * @param {number} limit differences shown of each kind
 * @returns {string}
 */
function differencesReport({ totals, compared, explained, unexplained }, limit) {
  const { objects, dominators, paths, hasPlanted } = compared;
  const lines = [totalsTable(totals), ''];
  lines.push(`compared: ${objects} objects edge by edge, ${dominators} dominators, ${paths} paths`);
  if (!hasPlanted) lines.push('no planted variable: matched from the root');
  for (const [what, title] of Object.entries(TITLES)) {
    const found = unexplained.filter((difference) => difference.what === what);
    if (found.length === 0) continue;
    lines.push('', `  ${title}: ${found.length} (walk : V8)`, ...differencesText(found, limit));
  }
  const reasons = new Map(explained.map(({ because }) => [because, 0]));
  for (const { because } of explained) reasons.set(because, (reasons.get(because) ?? 0) + 1);
  for (const [because, count] of reasons) lines.push('', `  explained: ${count} because ${because}`);
  lines.push('', `${unexplained.length} differences unexplained, ${explained.length} explained`);
  return lines.join('\n');
}

module.exports = { differencesReport };
