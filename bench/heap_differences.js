'use strict';

/**
 * What differs between a heap as it was walked and as V8 wrote it, right after one another in one
 * quiet process: what to look at to support a new version of V8.
 *
 *     node bench/heap_differences.js WALK.heapsnapshot V8.heapsnapshot
 *         [--limit 20] [--node-edges 1000000] [--planted planted] [--node MAJOR]
 *
 * `--limit`: lines of each table. `--node-edges`: most objects that are compared edge by edge.
 * `--planted`: a global variable of the process; what it holds is matched first. `--node`: the major
 * version that wrote the files, if it is not the one that runs this.
 *
 * Exit code: 0 if each difference is explained, 1 if not, 2 for wrong usage.
 */

const { parseArgs } = require('node:util');

const { ratio, table } = require('./table.js');
const { compareHeaps } = require('../__test__/walk_oracle/heap_comparison.js');

/**
 * @typedef {import('../__test__/walk_oracle/heap_comparison.js').Difference} Difference
 * @typedef {import('../__test__/walk_oracle/heap_comparison.js').Comparison} Comparison
 */

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
 * @param {number} limit
 */
function report({ totals, compared, explained, unexplained }, limit) {
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

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '20' },
      'node-edges': { type: 'string', default: '1000000' },
      planted: { type: 'string', default: 'planted' },
      node: { type: 'string', default: process.versions.node.split('.')[0] },
    },
  });
  if (positionals.length !== 2) {
    console.error('usage: node bench/heap_differences.js WALK.heapsnapshot V8.heapsnapshot');
    process.exitCode = 2;
    return;
  }
  const [walk, v8] = positionals;
  const comparison = await compareHeaps(walk, v8, {
    major: Number(values.node),
    maxObjects: Number(values['node-edges']),
    planted: values.planted,
  });
  console.log(report(comparison, Number(values.limit)));
  if (comparison.unexplained.length > 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
