'use strict';

/** Ends the process while a thread of the addon works. */

const heapwatch = require('../..');

const [what, file] = process.argv.slice(2);
const unexpected = () => process.stdout.write('"settled"\n');
if (what === 'capture') heapwatch.capture().then(unexpected, unexpected);
else if (what === 'open') heapwatch.open(file).then(unexpected, unexpected);
process.exit(7);
