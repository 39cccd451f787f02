'use strict';

/**
 * A process whose cgroup leaves it little memory captures its heap, or is told that it can't, and is
 * never killed for having tried. Needs a memory cgroup of its own, which root can make.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');

const { memoryCgroup } = require('./memory_cgroup.js');

const PROGRAM = path.join(__dirname, 'programs', 'capture_near_limit.js');

/** Joins the cgroup before anything is allocated: what a process has does not move with it. */
const JOIN_AND_RUN = 'echo $$ > "$0" && exec "$@"';

test('a capture near the limit of the cgroup is taken or refused, and nobody is killed', async (t) => {
  const cgroup = memoryCgroup(t);
  if (cgroup === null) {
    t.skip('no memory cgroup can be made here');
    return;
  }
  const program = [process.execPath, PROGRAM, JSON.stringify(cgroup)];
  const { stdout } = await promisify(execFile)('sh', ['-c', JOIN_AND_RUN, cgroup.procs, ...program]);
  const { outcomes, kills } = JSON.parse(stdout);
  assert.equal(kills, 0);
  for (const { margin, method, nodeCount, code } of outcomes) {
    const what = `${method} with ${margin} bytes left: ${nodeCount} nodes, ${code}`;
    if (margin === null) assert.ok(nodeCount > 0, what);
    else if (margin < 50e6) assert.equal(code, 'ERR_HEAPWATCH_LIMIT', what);
    else assert.ok(nodeCount > 0 || code === 'ERR_HEAPWATCH_LIMIT', what);
  }
});
