'use strict';

/**
 * Saves into the folder that is its argument where no file may have more than half a megabyte, as on
 * a disk that gets full. Node ignores the signal that comes with such a write, so that the write
 * fails. The shell sets the limit and starts this file again.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const heapwatch = require('../..');

const [folder, isLimited] = process.argv.slice(2);

async function save() {
  const file = path.join(folder, 'saved.heapsnapshot');
  fs.writeFileSync(file, 'the old file');
  const graph = await heapwatch.capture();
  const error = await graph.save(file).then(
    () => ({ code: 'saved' }),
    ({ code, detail }) => ({ code, detail }),
  );
  const names = fs.readdirSync(folder);
  const files = Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
  console.log(JSON.stringify({ ...error, files }));
}

if (isLimited) {
  save();
} else {
  // 1024 blocks of 512 bytes, or of 1024 in some shells: less than any heap in either case.
  const script = 'ulimit -f 1024 && exec "$0" "$@"';
  const args = ['-c', script, process.execPath, __filename, folder, 'limited'];
  process.stdout.write(execFileSync('/bin/sh', args));
}
