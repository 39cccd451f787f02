'use strict';

/**
 * One word on the memory of a process: what grows, or what is wrong with its limits.
 *
 * What grows comes first. Native memory that grows while the heaps of other isolates do is theirs;
 * what V8 itself allocated is not fragmentation, the rest may be.
 *
 * @param {{
 *   pool: import('../index.js').Pool,
 *   judgement: import('../index.js').PoolJudgement,
 *   limits: import('./memory_reader.js').MemoryLimits,
 *   workersGrow: boolean,
 * }} facts `pool`: the one in the worst state; `workersGrow`: other isolates do
 * @returns {import('../index.js').Verdict}
 */
function verdictOf({ pool, judgement: { state, part }, limits, workersGrow }) {
  const grows = state === 'suspect' || state === 'confirmed';
  if (grows && pool !== 'native') return pool;
  if (workersGrow) return 'worker';
  if (grows) return part === 'rest' ? 'native-or-fragmentation' : 'native';
  if (isMisconfigured(limits)) return 'limit-misconfigured';
  return state === 'healthy' ? 'healthy' : 'learning';
}

/**
 * The kernel kills before V8 would collect harder: its heap may get larger than the whole cgroup.
 *
 * @param {import('./memory_reader.js').MemoryLimits} limits
 */
function isMisconfigured({ v8Heap, cgroup }) {
  return cgroup !== null && v8Heap > cgroup;
}

module.exports = { verdictOf };
